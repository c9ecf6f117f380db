import { api } from '../api.js'
import { int32, int64, string, structs } from '../schema.js'
import { allPartitions, partitionErrors } from './shapes.js'

export const offsetCommit = api({
  key: 8,
  name: 'OffsetCommit',
  versions: [2, 9],
  flexibleSince: 8,
  request: {
    groupId: string(),
    generationIdOrMemberEpoch: int32({ default: -1 }),
    memberId: string(),
    groupInstanceId: string({ since: 7, nullableSince: 7, default: null }),
    retentionTimeMs: int64({ until: 4, default: -1 }),
    topics: structs({
      name: string(),
      partitions: structs({
        partitionIndex: int32(),
        committedOffset: int64(),
        committedLeaderEpoch: int32({ since: 6, default: -1 }),
        committedMetadata: string({ nullableSince: 0 }),
      }),
    }),
  },
  response: {
    throttleTimeMs: int32({ since: 3, default: 0 }),
    topics: partitionErrors,
  },
  refused: ({ topics }, errorCode) => ({ topics: allPartitions(topics, errorCode) }),
})
