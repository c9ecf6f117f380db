import { api } from '../api.js'
import { array, bool, int16, int32, string, structs, uuid } from '../schema.js'

export const metadata = api({
  key: 3,
  name: 'Metadata',
  versions: [0, 12],
  flexibleSince: 9,
  request: {
    topics: structs(
      {
        topicId: uuid({ since: 10 }),
        name: string({ nullableSince: 10 }),
      },
      { nullableSince: 1 },
    ),
    allowAutoTopicCreation: bool({ since: 4, default: true }),
    includeClusterAuthorizedOperations: bool({ since: 8, until: 10 }),
    includeTopicAuthorizedOperations: bool({ since: 8 }),
  },
  response: {
    throttleTimeMs: int32({ since: 3, default: 0 }),
    brokers: structs({
      nodeId: int32(),
      host: string(),
      port: int32(),
      rack: string({ since: 1, nullableSince: 1, default: null }),
    }),
    clusterId: string({ since: 2, nullableSince: 2, default: null }),
    controllerId: int32({ since: 1, default: -1 }),
    topics: structs({
      errorCode: int16(),
      name: string({ nullableSince: 12 }),
      topicId: uuid({ since: 10 }),
      isInternal: bool({ since: 1, default: false }),
      partitions: structs({
        errorCode: int16(),
        partitionIndex: int32(),
        leaderId: int32(),
        leaderEpoch: int32({ since: 7, default: -1 }),
        replicaNodes: array(int32()),
        isrNodes: array(int32()),
        offlineReplicas: array(int32(), { since: 5 }),
      }),
      topicAuthorizedOperations: int32({ since: 8, default: -2147483648 }),
    }),
    clusterAuthorizedOperations: int32({ since: 8, until: 10, default: -2147483648 }),
  },
  refused: ({ topics }, errorCode) => ({
    brokers: [],
    topics: (topics ?? []).map(({ name, topicId }) => ({
      name: name ?? '',
      topicId,
      errorCode,
      partitions: [],
    })),
  }),
})
