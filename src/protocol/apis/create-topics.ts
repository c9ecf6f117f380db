import { api } from '../api.js'
import { array, bool, int8, int16, int32, string, structs, uuid } from '../schema.js'

export const createTopics = api({
  key: 19,
  name: 'CreateTopics',
  versions: [2, 7],
  flexibleSince: 5,
  request: {
    topics: structs({
      name: string(),
      numPartitions: int32(),
      replicationFactor: int16(),
      assignments: structs({
        partitionIndex: int32(),
        brokerIds: array(int32()),
      }),
      configs: structs({
        name: string(),
        value: string({ nullableSince: 0 }),
      }),
    }),
    timeoutMs: int32({ default: 60000 }),
    validateOnly: bool({ default: false }),
  },
  response: {
    throttleTimeMs: int32({ default: 0 }),
    topics: structs({
      name: string(),
      topicId: uuid({ since: 7 }),
      errorCode: int16(),
      errorMessage: string({ nullableSince: 0 }),
      topicConfigErrorCode: int16({ since: 5, tag: 0 }),
      numPartitions: int32({ since: 5, default: -1 }),
      replicationFactor: int16({ since: 5, default: -1 }),
      configs: structs(
        {
          name: string(),
          value: string({ nullableSince: 0 }),
          readOnly: bool(),
          configSource: int8({ default: -1 }),
          isSensitive: bool(),
        },
        { since: 5, nullableSince: 5 },
      ),
    }),
  },
  refused: ({ topics }, errorCode) => ({
    topics: topics.map(({ name }) => ({ name, errorCode, errorMessage: null })),
  }),
})
