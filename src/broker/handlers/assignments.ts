import { errorCodes } from '../../protocol/index.js'
import { Refusal } from '../error-code.js'

/**
 * A partition can be on this broker only.
 *
 * @throws Refusal
 */
export function checkBrokers(brokerIds: readonly number[], nodeId: number): void {
  if (brokerIds.length === 1 && brokerIds[0] === nodeId) return
  throw new Refusal(
    errorCodes.invalidReplicaAssignment,
    `A partition is assigned to the brokers ${brokerIds.join(', ')}; there is one broker, ${nodeId}.`,
  )
}
