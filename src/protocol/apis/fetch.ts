import { api } from '../api.js'
import {
  array,
  int8,
  int16,
  int32,
  int64,
  records,
  string,
  struct,
  structs,
  uuid,
} from '../schema.js'
import { leaderIdAndEpoch, nodeEndpoint } from './shapes.js'

const noRecords = Buffer.alloc(0)

export const fetch = api({
  key: 1,
  name: 'Fetch',
  versions: [4, 16],
  flexibleSince: 12,
  request: {
    clusterId: string({ since: 12, nullableSince: 12, default: null, tag: 0 }),
    replicaId: int32({ until: 14, default: -1 }),
    replicaState: struct(
      {
        replicaId: int32({ default: -1 }),
        replicaEpoch: int64({ default: -1 }),
      },
      { since: 15, tag: 1 },
    ),
    maxWaitMs: int32(),
    minBytes: int32(),
    maxBytes: int32({ default: 2147483647 }),
    isolationLevel: int8({ default: 0 }),
    sessionId: int32({ since: 7, default: 0 }),
    sessionEpoch: int32({ since: 7, default: -1 }),
    topics: structs({
      topic: string({ until: 12 }),
      topicId: uuid({ since: 13 }),
      partitions: structs({
        partition: int32(),
        currentLeaderEpoch: int32({ since: 9, default: -1 }),
        fetchOffset: int64(),
        lastFetchedEpoch: int32({ since: 12, default: -1 }),
        logStartOffset: int64({ since: 5, default: -1 }),
        partitionMaxBytes: int32(),
      }),
    }),
    forgottenTopicsData: structs(
      {
        topic: string({ until: 12 }),
        topicId: uuid({ since: 13 }),
        partitions: array(int32()),
      },
      { since: 7 },
    ),
    rackId: string({ since: 11, default: '' }),
  },
  response: {
    throttleTimeMs: int32({ default: 0 }),
    errorCode: int16({ since: 7 }),
    sessionId: int32({ since: 7, default: 0 }),
    responses: structs({
      topic: string({ until: 12 }),
      topicId: uuid({ since: 13 }),
      partitions: structs({
        partitionIndex: int32(),
        errorCode: int16(),
        highWatermark: int64(),
        lastStableOffset: int64({ default: -1 }),
        logStartOffset: int64({ since: 5, default: -1 }),
        divergingEpoch: struct(
          {
            epoch: int32({ default: -1 }),
            endOffset: int64({ default: -1 }),
          },
          { since: 12, tag: 0 },
        ),
        currentLeader: struct(leaderIdAndEpoch, { since: 12, tag: 1 }),
        snapshotId: struct(
          {
            endOffset: int64({ default: -1 }),
            epoch: int32({ default: -1 }),
          },
          { since: 12, tag: 2 },
        ),
        abortedTransactions: structs(
          {
            producerId: int64(),
            firstOffset: int64(),
          },
          { nullableSince: 0 },
        ),
        preferredReadReplica: int32({ since: 11, default: -1 }),
        records: records({ nullableSince: 0 }),
      }),
    }),
    nodeEndpoints: structs(nodeEndpoint, { since: 16, tag: 0 }),
  },
  refused: ({ topics, sessionId }, errorCode) => ({
    errorCode,
    sessionId,
    responses: topics.map(({ topic, topicId, partitions }) => ({
      topic,
      topicId,
      partitions: partitions.map(({ partition }) => ({
        partitionIndex: partition,
        errorCode,
        highWatermark: -1,
        abortedTransactions: [],
        // Some clients do not expect null.
        records: noRecords,
      })),
    })),
  }),
})
