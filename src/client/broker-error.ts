import { DuramenError, ERRORS, type ErrorCode, type ErrorInfo } from '../errors.js'
import { errorName, isRetriable } from '../protocol/index.js'

/** Of several of our codes with one number, those that a broker means by it. */
const preferred: { readonly [kafkaCode: number]: ErrorCode } = {
  2: 'ERR_CORRUPT_BATCH',
  3: 'ERR_NOT_FOUND',
  10: 'ERR_BATCH_TOO_LARGE',
  40: 'ERR_INVALID_OPTION',
  42: 'ERR_INVALID_ARGUMENT',
  56: 'ERR_IO',
  87: 'ERR_INVALID_BATCH',
}

const codes = new Map<number, ErrorCode>()
for (const [code, { kafkaCode }] of Object.entries<ErrorInfo>(ERRORS)) {
  if (kafkaCode !== undefined) codes.set(kafkaCode, preferred[kafkaCode] ?? (code as ErrorCode))
}

/** What a broker has answered, as an error; `what` says what it was asked for. */
export function brokerError(kafkaCode: number, what: string, reason?: string | null): DuramenError {
  const message = `${what}: the broker says ${errorName(kafkaCode)}${reason ? `: ${reason}` : ''}`
  const error = new DuramenError(codes.get(kafkaCode) ?? 'ERR_BROKER', message)
  return Object.assign(error, { kafkaCode, retriable: isRetriable(kafkaCode) })
}
