import { errorCodes } from '../../protocol/index.js'
import { Refusal } from '../error-code.js'
import type { Host } from '../handler.js'

/** A broker is called by its id; '' stands for all of a cluster. @throws Refusal */
export function checkBrokerName(name: string, { nodeId }: Host): void {
  if (name === '' || name === String(nodeId)) return
  throw new Refusal(
    errorCodes.invalidRequest,
    `Unexpected broker id, expected ${nodeId} or empty string, but received ${name}`,
  )
}

export function unknownResource(type: number): Refusal {
  return new Refusal(
    errorCodes.invalidRequest,
    `There are no configurations of resource type ${type}; topics have type 2, brokers 4.`,
  )
}
