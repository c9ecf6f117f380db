import { api } from '../api.js'
import { array, int16, int32, string, structs, uuid } from '../schema.js'

export const deleteTopics = api({
  key: 20,
  name: 'DeleteTopics',
  versions: [1, 6],
  flexibleSince: 4,
  request: {
    topics: structs(
      {
        name: string({ nullableSince: 0, default: null }),
        topicId: uuid(),
      },
      { since: 6 },
    ),
    topicNames: array(string(), { until: 5 }),
    timeoutMs: int32(),
  },
  response: {
    throttleTimeMs: int32({ default: 0 }),
    responses: structs({
      name: string({ nullableSince: 6 }),
      topicId: uuid({ since: 6 }),
      errorCode: int16(),
      errorMessage: string({ since: 5, nullableSince: 5, default: null }),
    }),
  },
  refused: ({ topics, topicNames }, errorCode) => ({
    responses: [...topics, ...topicNames.map((name) => ({ name }))].map((topic) => ({
      ...topic,
      errorCode,
    })),
  }),
})
