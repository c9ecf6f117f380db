import { api } from '../api.js'
import { int8, int16, int32, int64, string, structs } from '../schema.js'
import { allPartitions } from './shapes.js'

export const listOffsets = api({
  key: 2,
  name: 'ListOffsets',
  versions: [1, 8],
  flexibleSince: 6,
  request: {
    replicaId: int32(),
    isolationLevel: int8({ since: 2 }),
    topics: structs({
      name: string(),
      partitions: structs({
        partitionIndex: int32(),
        currentLeaderEpoch: int32({ since: 4, default: -1 }),
        timestamp: int64(),
      }),
    }),
  },
  response: {
    throttleTimeMs: int32({ since: 2, default: 0 }),
    topics: structs({
      name: string(),
      partitions: structs({
        partitionIndex: int32(),
        errorCode: int16(),
        timestamp: int64({ default: -1 }),
        offset: int64({ default: -1 }),
        leaderEpoch: int32({ since: 4, default: -1 }),
      }),
    }),
  },
  refused: ({ topics }, errorCode) => ({ topics: allPartitions(topics, errorCode) }),
})
