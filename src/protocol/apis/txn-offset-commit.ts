import { api } from '../api.js'
import { int16, int32, int64, string, structs } from '../schema.js'
import { allPartitions, partitionErrors } from './shapes.js'

export const txnOffsetCommit = api({
  key: 28,
  name: 'TxnOffsetCommit',
  versions: [0, 3],
  flexibleSince: 3,
  request: {
    transactionalId: string(),
    groupId: string(),
    producerId: int64(),
    producerEpoch: int16(),
    generationId: int32({ since: 3, default: -1 }),
    memberId: string({ since: 3, default: '' }),
    groupInstanceId: string({ since: 3, nullableSince: 3, default: null }),
    topics: structs({
      name: string(),
      partitions: structs({
        partitionIndex: int32(),
        committedOffset: int64(),
        committedLeaderEpoch: int32({ since: 2, default: -1 }),
        committedMetadata: string({ nullableSince: 0 }),
      }),
    }),
  },
  response: {
    throttleTimeMs: int32({ default: 0 }),
    topics: partitionErrors,
  },
  refused: ({ topics }, errorCode) => ({ topics: allPartitions(topics, errorCode) }),
})
