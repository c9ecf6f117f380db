import { apis } from '../../protocol/index.js'
import { type Handler, handler } from '../handler.js'

/**
 * What the broker serves. Produce is said to begin at 0: librdkafka takes a broker without the old
 * versions for one that knows no compression (KAFKA-18659).
 */
export function apiVersionsHandler(handlers: () => Iterable<Handler>): Handler {
  return handler(apis.apiVersions, () => ({
    errorCode: 0,
    apiKeys: Array.from(handlers(), ({ api, versions: [first, last] }) => ({
      apiKey: api.key,
      minVersion: api === apis.produce ? 0 : first,
      maxVersion: last,
    })),
  })) as Handler
}
