import { api } from '../api.js'
import { array, int8, int16, int32, string, structs } from '../schema.js'

function nowhere(errorCode: number) {
  return { errorCode, errorMessage: null, nodeId: -1, host: '', port: -1 }
}

export const findCoordinator = api({
  key: 10,
  name: 'FindCoordinator',
  versions: [0, 5],
  flexibleSince: 3,
  request: {
    key: string({ until: 3 }),
    keyType: int8({ since: 1, default: 0 }),
    coordinatorKeys: array(string(), { since: 4 }),
  },
  response: {
    throttleTimeMs: int32({ since: 1, default: 0 }),
    errorCode: int16({ until: 3 }),
    errorMessage: string({ since: 1, until: 3, nullableSince: 1 }),
    nodeId: int32({ until: 3 }),
    host: string({ until: 3 }),
    port: int32({ until: 3 }),
    coordinators: structs(
      {
        key: string(),
        nodeId: int32(),
        host: string(),
        port: int32(),
        errorCode: int16(),
        errorMessage: string({ nullableSince: 0 }),
      },
      { since: 4 },
    ),
  },
  refused: ({ coordinatorKeys }, errorCode) => ({
    ...nowhere(errorCode),
    coordinators: coordinatorKeys.map((key) => ({ key, ...nowhere(errorCode) })),
  }),
})
