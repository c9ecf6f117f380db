import { api } from '../api.js'
import { bool, int8, int32, string, structs } from '../schema.js'
import { allResources, resourceErrors } from './shapes.js'

export const incrementalAlterConfigs = api({
  key: 44,
  name: 'IncrementalAlterConfigs',
  versions: [0, 1],
  flexibleSince: 1,
  request: {
    resources: structs({
      resourceType: int8(),
      resourceName: string(),
      configs: structs({
        name: string(),
        configOperation: int8(),
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
