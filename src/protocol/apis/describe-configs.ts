import { api } from '../api.js'
import { array, bool, int8, int16, int32, string, structs } from '../schema.js'
import { allResources } from './shapes.js'

export const describeConfigs = api({
  key: 32,
  name: 'DescribeConfigs',
  versions: [1, 4],
  flexibleSince: 4,
  request: {
    resources: structs({
      resourceType: int8(),
      resourceName: string(),
      configurationKeys: array(string(), { nullableSince: 0 }),
    }),
    includeSynonyms: bool({ default: false }),
    includeDocumentation: bool({ since: 3, default: false }),
  },
  response: {
    throttleTimeMs: int32({ default: 0 }),
    results: structs({
      errorCode: int16(),
      errorMessage: string({ nullableSince: 0 }),
      resourceType: int8(),
      resourceName: string(),
      configs: structs({
        name: string(),
        value: string({ nullableSince: 0 }),
        readOnly: bool(),
        configSource: int8({ default: -1 }),
        isSensitive: bool(),
        synonyms: structs({
          name: string(),
          value: string({ nullableSince: 0 }),
          source: int8(),
        }),
        configType: int8({ since: 3, default: 0 }),
        documentation: string({ since: 3, nullableSince: 0 }),
      }),
    }),
  },
  refused: ({ resources }, errorCode) => ({
    results: allResources(resources, errorCode).map((one) => ({ ...one, configs: [] })),
  }),
})
