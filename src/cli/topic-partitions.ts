import { noPartition } from '../topic/no-partition.js'
import { usage } from './failure.js'
import type { Place, TopicStore } from './store/store.js'

/**
 * The partitions that `clicks`, all of them, or `clicks:0,2` names.
 *
 * @throws DuramenError `ERR_NOT_FOUND` where there is no such topic or partition; `ERR_USAGE`
 */
export async function topicPartitions(
  asked: string,
  topics: TopicStore,
): Promise<readonly Place[]> {
  const match = /^([^:]+)(?::(\d{1,9}(?:,\d{1,9})*))?$/.exec(asked)
  if (match === null)
    throw usage(`--topic is '${asked}'; it must be a topic, or such as clicks:0,2`)
  const [, name = '', numbers] = match
  const { partitions } = await topics.get(name)
  const all = Array.from({ length: partitions }, (_, number) => number)
  const wanted = numbers === undefined ? all : [...new Set(numbers.split(',').map(Number))]
  return wanted.map((partition) => {
    if (partition >= partitions) throw noPartition(name, partition, partitions)
    return { topic: name, partition }
  })
}
