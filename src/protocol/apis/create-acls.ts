import { api } from '../api.js'
import { int8, int16, int32, string, structs } from '../schema.js'
import { aclRule } from './shapes.js'

export const createAcls = api({
  key: 30,
  name: 'CreateAcls',
  versions: [1, 3],
  flexibleSince: 2,
  request: {
    creations: structs({
      resourceType: int8(),
      resourceName: string(),
      resourcePatternType: int8({ default: 3 }),
      ...aclRule,
    }),
  },
  response: {
    throttleTimeMs: int32({ default: 0 }),
    results: structs({
      errorCode: int16(),
      errorMessage: string({ nullableSince: 0 }),
    }),
  },
  refused: ({ creations }, errorCode) => ({
    results: creations.map(() => ({ errorCode, errorMessage: null })),
  }),
})
