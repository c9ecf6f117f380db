import { api } from '../api.js'
import { bool, int16, int32, int64, string } from '../schema.js'

export const endTxn = api({
  key: 26,
  name: 'EndTxn',
  versions: [0, 3],
  flexibleSince: 3,
  request: {
    transactionalId: string(),
    producerId: int64(),
    producerEpoch: int16(),
    committed: bool(),
  },
  response: {
    throttleTimeMs: int32({ default: 0 }),
    errorCode: int16(),
  },
  refused: (_, errorCode) => ({ errorCode }),
})
