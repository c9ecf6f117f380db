import { apis, type RequestInput, type ResponseOf } from '../../../src/protocol/index.js'
import { batches } from '../../../src/record/index.js'

export const { fetch } = apis

type Request = RequestInput<typeof fetch>
type AskedPartition = Request['topics'][number]['partitions'][number]
type Fetched = ResponseOf<typeof fetch>
export type FetchedPartition = Fetched['responses'][number]['partitions'][number]

/** Asks for partitions of a topic, all that they have and without waiting unless said otherwise. */
export function asking(
  topic: { readonly name: string; readonly id: string },
  partitions: readonly Partial<AskedPartition>[],
  others: Partial<Request> = {},
): Request {
  const usual = { partition: 0, fetchOffset: 0, partitionMaxBytes: 1 << 20 }
  return {
    maxWaitMs: 0,
    minBytes: 1,
    topics: [
      {
        topic: topic.name,
        topicId: topic.id,
        partitions: partitions.map((one) => ({ ...usual, ...one })),
      },
    ],
    ...others,
  }
}

/** Those of the first topic. */
export function partitionsOf({ responses }: Fetched): readonly FetchedPartition[] {
  return responses[0]?.partitions ?? []
}

/** Base offset of every batch. */
export function offsetsIn({ records }: Pick<FetchedPartition, 'records'>): number[] {
  return Array.from(batches(records ?? Buffer.alloc(0)), ({ baseOffset }) => baseOffset)
}
