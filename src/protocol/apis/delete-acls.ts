import { api } from '../api.js'
import { int8, int16, int32, string, structs } from '../schema.js'

export const deleteAcls = api({
  key: 31,
  name: 'DeleteAcls',
  versions: [1, 3],
  flexibleSince: 2,
  request: {
    filters: structs({
      resourceTypeFilter: int8(),
      resourceNameFilter: string({ nullableSince: 0 }),
      patternTypeFilter: int8({ default: 3 }),
      principalFilter: string({ nullableSince: 0 }),
      hostFilter: string({ nullableSince: 0 }),
      operation: int8(),
      permissionType: int8(),
    }),
  },
  response: {
    throttleTimeMs: int32({ default: 0 }),
    filterResults: structs({
      errorCode: int16(),
      errorMessage: string({ nullableSince: 0 }),
      matchingAcls: structs({
        errorCode: int16(),
        errorMessage: string({ nullableSince: 0 }),
        resourceType: int8(),
        resourceName: string(),
        patternType: int8({ default: 3 }),
        principal: string(),
        host: string(),
        operation: int8(),
        permissionType: int8(),
      }),
    }),
  },
  refused: ({ filters }, errorCode) => ({
    filterResults: filters.map(() => ({ errorCode, errorMessage: null, matchingAcls: [] })),
  }),
})
