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
        memberId: string({ since: 3 }),
        groupInstanceId: string({ since: 3, nullableSince: 3, default: null }),
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
        memberId: string({ since: 3 }),
        groupInstanceId: string({ since: 3, nullableSince: 3 }),
        errorCode: int16({ since: 3 }),
      },
      { since: 3 },
    ),
  },
  refused: ({ members }, errorCode) => ({
    errorCode,
    members: members.map(({ memberId, groupInstanceId }) => ({
      memberId,
      groupInstanceId,
      errorCode,
    })),
  }),
})
