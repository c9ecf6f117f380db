import { api } from '../api.js'
import { array, bool, int16, int32, int64, string, structs } from '../schema.js'

export const offsetFetch = api({
  key: 9,
  name: 'OffsetFetch',
  versions: [1, 9],
  flexibleSince: 6,
  request: {
    groupId: string({ until: 7 }),
    topics: structs(
      {
        name: string({ until: 7 }),
        partitionIndexes: array(int32(), { until: 7 }),
      },
      { until: 7, nullableSince: 2 },
    ),
    groups: structs(
      {
        groupId: string({ since: 8 }),
        memberId: string({ since: 9, nullableSince: 9, default: null }),
        memberEpoch: int32({ since: 9, default: -1 }),
        topics: structs(
          {
            name: string({ since: 8 }),
            partitionIndexes: array(int32(), { since: 8 }),
          },
          { since: 8, nullableSince: 8 },
        ),
      },
      { since: 8 },
    ),
    requireStable: bool({ since: 7, default: false }),
  },
  response: {
    throttleTimeMs: int32({ since: 3, default: 0 }),
    topics: structs(
      {
        name: string({ until: 7 }),
        partitions: structs(
          {
            partitionIndex: int32({ until: 7 }),
            committedOffset: int64({ until: 7 }),
            committedLeaderEpoch: int32({ since: 5, until: 7, default: -1 }),
            metadata: string({ until: 7, nullableSince: 0 }),
            errorCode: int16({ until: 7 }),
          },
          { until: 7 },
        ),
      },
      { until: 7 },
    ),
    errorCode: int16({ since: 2, until: 7, default: 0 }),
    groups: structs(
      {
        groupId: string({ since: 8 }),
        topics: structs(
          {
            name: string({ since: 8 }),
            partitions: structs(
              {
                partitionIndex: int32({ since: 8 }),
                committedOffset: int64({ since: 8 }),
                committedLeaderEpoch: int32({ since: 8, default: -1 }),
                metadata: string({ since: 8, nullableSince: 8 }),
                errorCode: int16({ since: 8 }),
              },
              { since: 8 },
            ),
          },
          { since: 8 },
        ),
        errorCode: int16({ since: 8, default: 0 }),
      },
      { since: 8 },
    ),
  },
  refused: ({ topics, groups }, errorCode) => ({
    errorCode,
    topics: (topics ?? []).map(({ name, partitionIndexes }) => ({
      name,
      partitions: partitionIndexes.map((partitionIndex) => ({
        partitionIndex,
        committedOffset: -1,
        metadata: '',
        errorCode,
      })),
    })),
    groups: groups.map(({ groupId }) => ({ groupId, errorCode, topics: [] })),
  }),
})
