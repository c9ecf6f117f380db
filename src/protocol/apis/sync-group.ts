import { api } from '../api.js'
import { bytes, int16, int32, string, structs } from '../schema.js'

export const syncGroup = api({
  key: 14,
  name: 'SyncGroup',
  versions: [0, 5],
  flexibleSince: 4,
  request: {
    groupId: string(),
    generationId: int32(),
    memberId: string(),
    groupInstanceId: string({ since: 3, nullableSince: 3, default: null }),
    protocolType: string({ since: 5, nullableSince: 5, default: null }),
    protocolName: string({ since: 5, nullableSince: 5, default: null }),
    assignments: structs({
      memberId: string(),
      assignment: bytes(),
    }),
  },
  response: {
    throttleTimeMs: int32({ since: 1, default: 0 }),
    errorCode: int16(),
    protocolType: string({ since: 5, nullableSince: 5, default: null }),
    protocolName: string({ since: 5, nullableSince: 5, default: null }),
    assignment: bytes(),
  },
  refused: (_, errorCode) => ({ errorCode, assignment: Buffer.alloc(0) }),
})
