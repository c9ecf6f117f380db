import { brokerErrors } from './errors/broker-errors.js'
import { clientErrors } from './errors/client-errors.js'
import { generalErrors } from './errors/general-errors.js'
import { groupErrors } from './errors/group-errors.js'
import { producerErrors } from './errors/producer-errors.js'
import { remoteErrors } from './errors/remote-errors.js'

/** What `docs/errors.md` says about one code. */
export interface ErrorInfo {
  /** Kafka's error number, where Kafka has one for this; it is what a client on the wire gets. */
  readonly kafkaCode?: number
  /** Whether the same call, unchanged, can succeed later. */
  readonly retriable: boolean
  readonly meaning: string
  readonly remedy: string
}

/** Every code there is. `docs/errors.md` is made from this table. */
export const ERRORS = {
  ...generalErrors,
  ...brokerErrors,
  ...clientErrors,
  ...groupErrors,
  ...producerErrors,
  ...remoteErrors,
}

/** A stable code; tell errors apart by it, never by the message. */
export type ErrorCode = keyof typeof ERRORS

/** What an error can carry besides its code; each becomes a property of the error. */
export interface ErrorDetails {
  readonly cause?: unknown
  /** The operating system's error number. */
  readonly errno?: number
  readonly syscall?: string
  readonly path?: string
  /** Byte position in `path`, or in the bytes that were given. */
  readonly position?: number
  readonly topic?: string
  readonly partition?: number
  /** First and last offset concerned, both included. */
  readonly fromOffset?: number
  readonly toOffset?: number
  /** Of a fence: everything below is stored. */
  readonly durableOffset?: number
  /** The id that a member of a group is to join with. */
  readonly memberId?: string
  /** Why a batch was refused, where single records are to blame: the first of them. */
  readonly recordErrors?: readonly RecordError[]
}

export interface RecordError {
  /** Of the record in its batch, from 0. */
  readonly index: number
  readonly message: string
}

/**
 * Every error that this package throws or rejects with, except an abort, which gives the signal's
 * own reason. Properties that do not apply are absent.
 */
export class DuramenError extends Error {
  readonly code: ErrorCode
  readonly retriable: boolean
  declare readonly kafkaCode?: number
  declare readonly errno?: number
  declare readonly syscall?: string
  declare readonly path?: string
  declare readonly position?: number
  declare readonly topic?: string
  declare readonly partition?: number
  declare readonly fromOffset?: number
  declare readonly toOffset?: number
  declare readonly durableOffset?: number
  declare readonly memberId?: string
  declare readonly recordErrors?: readonly RecordError[]

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    const { cause, ...rest } = details
    super(message, cause === undefined ? undefined : { cause })
    const { kafkaCode, retriable }: ErrorInfo = ERRORS[code]
    this.code = code
    this.retriable = retriable
    Object.assign(this, definedOnly({ kafkaCode, ...rest }))
  }
}

// On the prototype, as in the language's own errors, so that it is not printed as a property.
Object.defineProperty(DuramenError.prototype, 'name', { value: 'DuramenError' })

function definedOnly(properties: object): object {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined))
}
