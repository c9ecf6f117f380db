import { DuramenError } from '../errors.js'
import { errorCodes } from '../protocol/index.js'

/** A no that the engine has no error for: one of Kafka's numbers, and a sentence for the client. */
export class Refusal extends Error {
  readonly errorCode: number

  constructor(errorCode: number, message: string) {
    super(message)
    this.errorCode = errorCode
  }
}

/** The number that a client gets for what went wrong. */
export function errorCodeOf(error: unknown): number {
  if (error instanceof Refusal) return error.errorCode
  const known = error instanceof DuramenError ? error.kafkaCode : undefined
  return known ?? errorCodes.unknownServerError
}

/**
 * The same of what a group's coordinator was asked for. As in Kafka one that cannot store is to its
 * members one that has moved, which they look for again; KAFKA_STORAGE_ERROR would end Java's.
 */
export function groupCodeOf(error: unknown): number {
  const code = errorCodeOf(error)
  return code === errorCodes.kafkaStorageError ? errorCodes.notCoordinator : code
}

/** The same of one result among many: 0 where nothing went wrong. */
export function resultCodeOf(error: unknown): number {
  return error === undefined ? errorCodes.none : errorCodeOf(error)
}

/** The number and the sentence, as answers have them that speak of several things. */
export function refusalOf(error: unknown): { errorCode: number; errorMessage: string } {
  return { errorCode: errorCodeOf(error), errorMessage: (error as Error).message }
}
