import { api } from '../api.js'
import { int8, int16, int32, string, structs } from '../schema.js'
import { aclFilter, aclRule } from './shapes.js'

export const deleteAcls = api({
  key: 31,
  name: 'DeleteAcls',
  versions: [1, 3],
  flexibleSince: 2,
  request: {
    filters: structs(aclFilter),
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
        ...aclRule,
      }),
    }),
  },
  refused: ({ filters }, errorCode) => ({
    filterResults: filters.map(() => ({ errorCode, errorMessage: null, matchingAcls: [] })),
  }),
})
