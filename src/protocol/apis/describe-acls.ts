import { api } from '../api.js'
import { int8, int16, int32, string, structs } from '../schema.js'
import { aclFilter, aclRule } from './shapes.js'

export const describeAcls = api({
  key: 29,
  name: 'DescribeAcls',
  versions: [1, 3],
  flexibleSince: 2,
  request: aclFilter,
  response: {
    throttleTimeMs: int32({ default: 0 }),
    errorCode: int16(),
    errorMessage: string({ nullableSince: 0 }),
    resources: structs({
      resourceType: int8(),
      resourceName: string(),
      patternType: int8({ default: 3 }),
      acls: structs(aclRule),
    }),
  },
  refused: (_, errorCode) => ({ errorCode, errorMessage: null, resources: [] }),
})
