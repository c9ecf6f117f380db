import { shown } from '../../config/option.js'
import { DuramenError } from '../../errors.js'
import { ConsistentHashPartitioner } from './consistent-hash.js'
import { FunctionPartitioner, type PartitionFunction } from './function.js'
import { Murmur2Partitioner } from './murmur2.js'
import type { Partitioner } from './partitioner.js'
import { RoundRobinPartitioner } from './round-robin.js'
import { StickyPartitioner } from './sticky.js'

/**
 * How records without a partition find one:
 * - `sticky`, as Kafka's clients do by default: with a key by murmur2, without one batch by batch;
 * - `murmur2`: the same by key, and all without a key on one partition;
 * - `consistent-hash`: by key with XXH3 on a ring, so that few keys move when partitions are added;
 *   without one batch by batch;
 * - `round-robin`: record by record, whatever the key;
 * - or what a function returns.
 */
export type PartitionerName = keyof typeof makers

export type PartitionerChoice = PartitionerName | PartitionFunction

const makers = {
  sticky: (batchSize: number) => new StickyPartitioner(new Murmur2Partitioner(), batchSize),
  murmur2: () => new Murmur2Partitioner(),
  'consistent-hash': (batchSize: number) =>
    new StickyPartitioner(new ConsistentHashPartitioner(), batchSize),
  'round-robin': () => new RoundRobinPartitioner(),
}

/** In the order in which they are told. */
export const partitionerNames = Object.keys(makers) as readonly PartitionerName[]

/**
 * A partitioner for one producer.
 *
 * @param batchSize bytes after which one that stays on a partition moves on
 * @throws DuramenError `ERR_INVALID_OPTION`
 */
export function createPartitioner(choice: PartitionerChoice, batchSize: number): Partitioner {
  if (typeof choice === 'function') return new FunctionPartitioner(choice)
  if (Object.hasOwn(makers, choice)) return makers[choice](batchSize)
  throw new DuramenError(
    'ERR_INVALID_OPTION',
    `partitioner is ${shown(choice)}; it must be one of ${partitionerNames.map(shown).join(', ')}, or a function`,
  )
}
