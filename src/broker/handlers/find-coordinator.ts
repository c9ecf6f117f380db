import { apis, errorCodes } from '../../protocol/index.js'
import { Refusal, refusalOf } from '../error-code.js'
import { type Call, type Host, handler } from '../handler.js'

const keyTypes = { group: 0, transaction: 1 }

/** All groups are led by the broker itself. */
export const findCoordinatorHandler = handler(
  apis.findCoordinator,
  ({ keyType, coordinatorKeys }, call, host) => {
    const answer = answerFor(keyType, call, host)
    if (call.version < 4) return answer
    return { coordinators: coordinatorKeys.map((one) => ({ key: one, ...answer })) }
  },
)

function answerFor(keyType: number, { endpoint }: Call, { nodeId }: Host) {
  try {
    checkKeyType(keyType)
    return { ...endpoint, nodeId, errorCode: errorCodes.none, errorMessage: '' }
  } catch (error) {
    return { host: '', port: -1, nodeId: -1, ...refusalOf(error) }
  }
}

/**
 * A transactional producer fails here, in `initTransactions`, and shows the sentence. Were it told a
 * coordinator, it would learn only from InitProducerId that there is none, without a reason; and with
 * an error that says to wait, it would ask until its own time-out.
 */
function checkKeyType(keyType: number): void {
  if (keyType === keyTypes.group) return
  if (keyType === keyTypes.transaction) {
    throw new Refusal(errorCodes.unsupportedVersion, 'This broker does not serve transactions.')
  }
  const message = `This broker has no coordinator of type ${keyType}; groups have type 0.`
  throw new Refusal(errorCodes.invalidRequest, message)
}
