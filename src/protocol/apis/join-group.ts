import { api } from '../api.js'
import { bool, bytes, int16, int32, string, structs } from '../schema.js'

export const joinGroup = api({
  key: 11,
  name: 'JoinGroup',
  versions: [0, 9],
  flexibleSince: 6,
  request: {
    groupId: string(),
    sessionTimeoutMs: int32(),
    rebalanceTimeoutMs: int32({ since: 1, default: -1 }),
    memberId: string(),
    groupInstanceId: string({ since: 5, nullableSince: 5, default: null }),
    protocolType: string(),
    protocols: structs({
      name: string(),
      metadata: bytes(),
    }),
    reason: string({ since: 8, nullableSince: 8, default: null }),
  },
  response: {
    throttleTimeMs: int32({ since: 2, default: 0 }),
    errorCode: int16(),
    generationId: int32({ default: -1 }),
    protocolType: string({ since: 7, nullableSince: 7, default: null }),
    protocolName: string({ nullableSince: 7 }),
    leader: string(),
    skipAssignment: bool({ since: 9, default: false }),
    memberId: string(),
    members: structs({
      memberId: string(),
      groupInstanceId: string({ since: 5, nullableSince: 5, default: null }),
      metadata: bytes(),
    }),
  },
  refused: ({ memberId }, errorCode) => ({
    errorCode,
    protocolName: '',
    leader: '',
    memberId,
    members: [],
  }),
})
