import { DuramenError } from '../errors.js'

/** The topic has `count` partitions, and this is none of them. */
export function noPartition(topic: string, partition: number, count: number): DuramenError {
  return new DuramenError(
    'ERR_NOT_FOUND',
    `${topic} has no partition ${partition}; it has 0 to ${count - 1}`,
    { topic, partition },
  )
}
