import { shown } from '../config/option.js'
import { DuramenError } from '../errors.js'
import type { Record } from '../record/index.js'
import type { TopicPartitionOffset } from './assigned-partitions.js'

/** What `commit` takes: a record that the application is through with, or offsets to go on from. */
export type Committable = Record<unknown, unknown> | readonly TopicPartitionOffset[]

/** The offsets that are meant: of a record the one behind it. */
export function offsetsToCommit(what: Committable): readonly TopicPartitionOffset[] {
  if (isList(what)) return what
  if (typeof what !== 'object' || what === null || !('timestamp' in what)) {
    const message = 'commit takes a record, or a list of { topic, partition, offset }'
    throw new DuramenError('ERR_INVALID_ARGUMENT', message)
  }
  const { topic, partition, offset, leaderEpoch } = what
  const place = { topic, partition, offset: offset + 1, leaderEpoch }
  return [place]
}

function isList(what: Committable): what is readonly TopicPartitionOffset[] {
  return Array.isArray(what)
}

/** @throws DuramenError `ERR_INVALID_ARGUMENT` */
export function checkedOffset(offset: number): number {
  if (Number.isSafeInteger(offset) && offset >= 0) return offset
  throw new DuramenError('ERR_INVALID_ARGUMENT', `the offset is ${offset}; give 0 or more`)
}

/** @throws DuramenError `ERR_INVALID_ARGUMENT` */
export function checkedList<T>(list: readonly T[], what: string): readonly T[] {
  if (Array.isArray(list)) return list
  throw new DuramenError('ERR_INVALID_ARGUMENT', `the ${what} are ${shown(list)}; give a list`)
}
