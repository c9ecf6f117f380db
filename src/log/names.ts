import { basename, join, resolve } from 'node:path'
import { DuramenError } from '../errors.js'

export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

/** The absolute path of a log's directory. @throws DuramenError `ERR_INVALID_ARGUMENT` */
export function checkedPath(directory: string): string {
  if (typeof directory !== 'string' || directory === '' || directory.includes('\0')) {
    throw new DuramenError('ERR_INVALID_ARGUMENT', 'the directory must be a path')
  }
  return resolve(directory)
}

/** Where the segment that starts with that offset stands. */
export function segmentPath(directory: string, baseOffset: number): string {
  return join(directory, `${String(baseOffset).padStart(20, '0')}.log`)
}

/** Topic and partition that the name of a directory gives, `clicks-3`; any other name is a topic. */
export function topicPartitionOf(directory: string): TopicPartition {
  const name = basename(directory)
  return partitionDirectory(name) ?? { topic: name, partition: 0 }
}

/** The same, strictly: undefined where the name is not that of a partition's directory. */
export function partitionDirectory(name: string): TopicPartition | undefined {
  const match = /^([a-zA-Z0-9._-]{1,249})-(0|[1-9]\d{0,9})$/.exec(name)
  if (match === null) return undefined
  const [, topic, partition] = match
  return Number(partition) < 2 ** 31
    ? { topic: topic as string, partition: Number(partition) }
    : undefined
}
