import { type IsolationLevel, LogView } from '../log/index.js'
import { type apis, errorCodes, type ResponseOf } from '../protocol/index.js'
import type { AbortedTransaction } from '../record/index.js'
import { brokerError } from './broker-error.js'
import type { PartitionLeader } from './partition-leader.js'
import { type WholeBatches, wholeBatches } from './whole-batches.js'

export interface FetchOptions {
  /** About as many of a partition; at least one batch. Default 1 MiB. */
  readonly maxBytes?: number
  readonly isolation?: IsolationLevel | undefined
  /** How long the broker may wait until there is something. Default 0. */
  readonly maxWaitMs?: number
}

/** From which offset on a partition is wanted. */
export interface Wanted {
  readonly leader: PartitionLeader
  readonly offset: number
}

/** As the first of them in which partitions are named by ids, which not all brokers know. */
export const lastFetchWithNames = 12

export function fetchRequest(wanted: readonly Wanted[], options: FetchOptions) {
  const { maxBytes = 1024 * 1024, isolation, maxWaitMs = 0 } = options
  const [
    {
      leader: { topic },
    },
  ] = wanted as [Wanted]
  const partitions = wanted.map(({ leader: { partition }, offset }) => ({
    partition,
    fetchOffset: offset,
    partitionMaxBytes: maxBytes,
  }))
  return {
    maxWaitMs,
    minBytes: 1,
    // However many partitions there are, this is what is held in memory.
    maxBytes: maxBytes * Math.min(wanted.length, 4),
    isolationLevel: isolation === 'read_committed' ? 1 : 0,
    topics: [{ topic, partitions }],
  }
}

type Answer = ResponseOf<typeof apis.fetch>
type PartitionInAnswer = Answer['responses'][number]['partitions'][number]

export interface Fetched {
  readonly view: LogView
  readonly logStartOffset: number
  readonly highWatermark: number
}

/**
 * What an answer has of a partition: whole batches from `offset` on.
 *
 * @throws DuramenError `ERR_OFFSET_OUT_OF_RANGE`, `ERR_CORRUPT_BATCH`, `ERR_BAD_ANSWER`, `ERR_BROKER`
 */
export function fetchedOf(answer: Answer, { leader, offset }: Wanted): Fetched {
  if (answer.errorCode !== errorCodes.none)
    throw brokerError(answer.errorCode, `reading ${leader.topic}`)
  const { topic, partition } = leader
  const found = answer.responses
    .find((one) => one.topic === topic)
    ?.partitions.find((one) => one.partitionIndex === partition)
  if (found === undefined) throw leader.bad('does not mention it')
  if (found.errorCode !== errorCodes.none)
    throw brokerError(found.errorCode, `reading ${leader.name}`)
  return { ...found, view: viewOf(found, offset, leader) }
}

function viewOf(found: PartitionInAnswer, fromOffset: number, leader: PartitionLeader): LogView {
  const { topic, partition } = leader
  const whole = wholeBatches(found.records, fromOffset, leader)
  const { bytes, baseOffset, nextOffset } = whole
  const abortedTransactions = transactions(found.abortedTransactions ?? [], whole)
  const place = { topic, partition, fromOffset, baseOffset, nextOffset, abortedTransactions }
  return new LogView(bytes, 0, bytes.length, place)
}

/** The broker says where each begins: it ends with the producer's next marker, or goes on behind. */
function transactions(
  aborted: readonly { readonly producerId: number; readonly firstOffset: number }[],
  { nextOffset, markers }: WholeBatches,
): readonly AbortedTransaction[] | undefined {
  if (aborted.length === 0) return undefined
  return aborted.map(({ producerId, firstOffset }) => {
    const end = markers.find(
      (marker) => marker.producerId === producerId && marker.baseOffset >= firstOffset,
    )
    return { producerId, firstOffset, lastOffset: end?.baseOffset ?? nextOffset - 1 }
  })
}
