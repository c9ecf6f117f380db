import { api } from '../api.js'
import { array, int16, int32, string, structs } from '../schema.js'

export const deleteGroups = api({
  key: 42,
  name: 'DeleteGroups',
  versions: [0, 2],
  flexibleSince: 2,
  request: {
    groupsNames: array(string()),
  },
  response: {
    throttleTimeMs: int32({ default: 0 }),
    results: structs({
      groupId: string(),
      errorCode: int16(),
    }),
  },
  refused: ({ groupsNames }, errorCode) => ({
    results: groupsNames.map((groupId) => ({ groupId, errorCode })),
  }),
})
