import { DuramenError } from '../errors.js'

/** Kafka's numbers that no error of the engine stands for. */
export const errorCodes = {
  none: 0,
  unknownServerError: -1,
  unsupportedVersion: 35,
} as const

/** The number that a client gets for what went wrong. */
export function errorCodeOf(error: unknown): number {
  const known = error instanceof DuramenError ? error.kafkaCode : undefined
  return known ?? errorCodes.unknownServerError
}
