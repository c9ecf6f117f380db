import { DuramenError } from '../errors.js'
import { errorCodes } from '../protocol/index.js'

/** The number that a client gets for what went wrong. */
export function errorCodeOf(error: unknown): number {
  const known = error instanceof DuramenError ? error.kafkaCode : undefined
  return known ?? errorCodes.unknownServerError
}
