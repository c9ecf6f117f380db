import { api } from '../api.js'
import { array, bool, int16, int32, int64, string, structs } from '../schema.js'

const askedTopic = { name: string(), partitionIndexes: array(int32()) }

const topic = {
  name: string(),
  partitions: structs({
    partitionIndex: int32(),
    committedOffset: int64(),
    committedLeaderEpoch: int32({ since: 5, default: -1 }),
    metadata: string({ nullableSince: 0 }),
    errorCode: int16(),
  }),
}

/** One group is asked for to version 7, many from 8. */
export const offsetFetch = api({
  key: 9,
  name: 'OffsetFetch',
  versions: [1, 9],
  flexibleSince: 6,
  request: {
    groupId: string({ until: 7 }),
    topics: structs(askedTopic, { until: 7, nullableSince: 2 }),
    groups: structs(
      {
        groupId: string(),
        memberId: string({ since: 9, nullableSince: 9, default: null }),
        memberEpoch: int32({ since: 9, default: -1 }),
        topics: structs(askedTopic, { nullableSince: 0 }),
      },
      { since: 8 },
    ),
    requireStable: bool({ since: 7, default: false }),
  },
  response: {
    throttleTimeMs: int32({ since: 3, default: 0 }),
    topics: structs(topic, { until: 7 }),
    errorCode: int16({ since: 2, until: 7, default: 0 }),
    groups: structs(
      {
        groupId: string(),
        topics: structs(topic),
        errorCode: int16({ default: 0 }),
      },
      { since: 8 },
    ),
  },
  refused: ({ topics, groups }, errorCode) => ({
    errorCode,
    // Version 1 has no other place for the error.
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
