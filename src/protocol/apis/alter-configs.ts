import { api } from '../api.js'
import { bool, int8, int32, string, structs } from '../schema.js'
import { allResources, resourceErrors } from './shapes.js'

export const alterConfigs = api({
  key: 33,
  name: 'AlterConfigs',
  versions: [0, 2],
  flexibleSince: 2,
  request: {
    resources: structs({
      resourceType: int8(),
      resourceName: string(),
      configs: structs({
        name: string(),
        value: string({ nullableSince: 0 }),
      }),
    }),
    validateOnly: bool(),
  },
  response: {
    throttleTimeMs: int32({ default: 0 }),
    responses: resourceErrors,
  },
  refused: ({ resources }, errorCode) => ({ responses: allResources(resources, errorCode) }),
})
