import { api } from '../api.js'
import { int16, int32, int64, records, string, struct, structs } from '../schema.js'
import { leaderIdAndEpoch, nodeEndpoint } from './shapes.js'

/** Versions 0 to 2 carry the formats before record batches: they are known, and refused. */
export const produce = api({
  key: 0,
  name: 'Produce',
  versions: [0, 11],
  flexibleSince: 9,
  request: {
    transactionalId: string({ since: 3, nullableSince: 3, default: null }),
    acks: int16(),
    timeoutMs: int32(),
    topicData: structs({
      name: string(),
      partitionData: structs({
        index: int32(),
        records: records({ nullableSince: 0 }),
      }),
    }),
  },
  response: {
    responses: structs({
      name: string(),
      partitionResponses: structs({
        index: int32(),
        errorCode: int16(),
        baseOffset: int64(),
        logAppendTimeMs: int64({ since: 2, default: -1 }),
        logStartOffset: int64({ since: 5, default: -1 }),
        recordErrors: structs(
          {
            batchIndex: int32(),
            batchIndexErrorMessage: string({ nullableSince: 0, default: null }),
          },
          { since: 8 },
        ),
        errorMessage: string({ since: 8, nullableSince: 8, default: null }),
        currentLeader: struct(leaderIdAndEpoch, { since: 10, tag: 0 }),
      }),
    }),
    throttleTimeMs: int32({ since: 1 }),
    nodeEndpoints: structs(nodeEndpoint, { since: 10, tag: 0 }),
  },
  refused: ({ acks, topicData }, errorCode) => {
    if (acks === 0) return null
    const responses = topicData.map(({ name, partitionData }) => ({
      name,
      partitionResponses: partitionData.map(({ index }) => ({ index, errorCode, baseOffset: -1 })),
    }))
    return { responses }
  },
})
