import { api } from '../api.js'
import { int16, int32, string, structs } from '../schema.js'

export const leaveGroup = api({
  key: 13,
  name: 'LeaveGroup',
  versions: [0, 5],
  flexibleSince: 4,
  request: {
    groupId: string(),
    memberId: string({ until: 2 }),
    members: structs(
      {
        memberId: string(),
        groupInstanceId: string({ nullableSince: 0, default: null }),
        reason: string({ since: 5, nullableSince: 5, default: null }),
      },
      { since: 3 },
    ),
  },
  response: {
    throttleTimeMs: int32({ since: 1, default: 0 }),
    errorCode: int16(),
    members: structs(
      {
        memberId: string(),
        groupInstanceId: string({ nullableSince: 0 }),
        errorCode: int16(),
      },
      { since: 3 },
    ),
  },
  refused: (_, errorCode) => ({ errorCode }),
})
