import { api } from '../api.js'
import { array, int16, int32, int64, string, structs } from '../schema.js'

export const addPartitionsToTxn = api({
  key: 24,
  name: 'AddPartitionsToTxn',
  versions: [0, 3],
  flexibleSince: 3,
  request: {
    v3AndBelowTransactionalId: string(),
    v3AndBelowProducerId: int64(),
    v3AndBelowProducerEpoch: int16(),
    v3AndBelowTopics: structs({
      name: string(),
      partitions: array(int32()),
    }),
  },
  response: {
    throttleTimeMs: int32({ default: 0 }),
    resultsByTopicV3AndBelow: structs({
      name: string(),
      resultsByPartition: structs({
        partitionIndex: int32(),
        partitionErrorCode: int16(),
      }),
    }),
  },
  refused: ({ v3AndBelowTopics }, errorCode) => ({
    resultsByTopicV3AndBelow: v3AndBelowTopics.map(({ name, partitions }) => ({
      name,
      resultsByPartition: partitions.map((partitionIndex) => ({
        partitionIndex,
        partitionErrorCode: errorCode,
      })),
    })),
  }),
})
