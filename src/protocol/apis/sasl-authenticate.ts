import { api } from '../api.js'
import { bytes, int16, int64, string } from '../schema.js'

export const saslAuthenticate = api({
  key: 36,
  name: 'SaslAuthenticate',
  versions: [0, 2],
  flexibleSince: 2,
  request: {
    authBytes: bytes(),
  },
  response: {
    errorCode: int16(),
    errorMessage: string({ nullableSince: 0 }),
    authBytes: bytes(),
    sessionLifetimeMs: int64({ since: 1, default: 0 }),
  },
  refused: (_, errorCode) => ({ errorCode, errorMessage: null, authBytes: Buffer.alloc(0) }),
})
