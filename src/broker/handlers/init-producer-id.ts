import { apis, errorCodes } from '../../protocol/index.js'
import { type Handler, handler } from '../handler.js'

/**
 * A producer that lost track of its sequences and asks for a newer epoch gets a new id instead, as
 * from Kafka since 2.5: whatever it has sent before cannot be taken for what it sends from now on.
 */
export const initProducerIdHandler: Handler = handler(
  apis.initProducerId,
  async (request, _, { engine }) => {
    if (request.transactionalId !== null) {
      // Transactions are not served yet; clients say that the version does not support it.
      return apis.initProducerId.refused(request, errorCodes.unsupportedVersion)
    }
    return {
      errorCode: errorCodes.none,
      producerId: await engine.nextProducerId(),
      producerEpoch: 0,
    }
  },
) as Handler
