import { api } from '../api.js'
import { int16, int32, string, structs } from '../schema.js'
import { partitionErrors } from './shapes.js'

export const offsetDelete = api({
  key: 47,
  name: 'OffsetDelete',
  versions: [0, 0],
  request: {
    groupId: string(),
    topics: structs({
      name: string(),
      partitions: structs({
        partitionIndex: int32(),
      }),
    }),
  },
  response: {
    errorCode: int16(),
    throttleTimeMs: int32({ default: 0 }),
    topics: partitionErrors,
  },
  refused: (_, errorCode) => ({ errorCode, topics: [] }),
})
