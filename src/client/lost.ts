import { DuramenError } from '../errors.js'

export interface Address {
  readonly host: string
  readonly port: number
}

export function shownAddress({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** The way to a broker is lost, or never was. */
export function lost(address: Address, cause?: unknown): DuramenError {
  return new DuramenError(
    'ERR_CONNECTION',
    `the connection to ${shownAddress(address)} failed: ${reasonOf(cause)}; see whether a broker ` +
      'listens there, and what addresses it advertises',
    { cause },
  )
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return 'the other side closed it'
  // Of a name that has several addresses.
  if (cause instanceof AggregateError && cause.errors.length > 0) return reasonOf(cause.errors[0])
  if (cause.name === 'TimeoutError' || cause.name === 'AbortError') return 'nobody answered in time'
  return cause.message || cause.name
}

/** What a broker has sent makes no sense. */
export function badAnswer(address: Address, cause: unknown): DuramenError {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new DuramenError(
    'ERR_BAD_ANSWER',
    `what ${shownAddress(address)} sends cannot be understood: ${why}; see whether it is a broker ` +
      'that speaks Kafka, without TLS',
    { cause },
  )
}
