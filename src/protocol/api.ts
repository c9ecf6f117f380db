import type { Decoded, Encodable, Fields } from './schema.js'

/** One of the protocol's calls: what is asked, what is answered, and in which versions. */
export interface Api<Request extends Fields = Fields, Response extends Fields = Fields> {
  /** What requests are told apart by. */
  readonly key: number
  /** As Kafka has it: `Produce`, `OffsetFetch`. */
  readonly name: string
  /** First and last version that is described here. */
  readonly versions: readonly [number, number]
  /** First flexible version; absent where none is. */
  readonly flexibleSince?: number
  readonly request: Request
  readonly response: Response
  /**
   * The answer that says no to all that was asked, with one of Kafka's error numbers; null where the
   * client expects no answer.
   */
  readonly refused: (request: Decoded<Request>, errorCode: number) => Encodable<Response> | null
}

/** An API of any fields. */
// biome-ignore lint/suspicious/noExplicitAny: its fields are not known to who is given it
export type AnyApi = Api<any, any>

/** Describes an API: gives `refused` the types of the fields. */
export function api<Request extends Fields, Response extends Fields>(
  description: Api<Request, Response>,
): Api<Request, Response> {
  return description
}

export type RequestOf<A> = A extends Api<infer Request, infer _> ? Decoded<Request> : never
export type ResponseOf<A> = A extends Api<infer _, infer Response> ? Decoded<Response> : never
export type RequestInput<A> = A extends Api<infer Request, infer _> ? Encodable<Request> : never
export type ResponseInput<A> = A extends Api<infer _, infer Response> ? Encodable<Response> : never

export function isFlexible({ flexibleSince }: AnyApi, version: number): boolean {
  return flexibleSince !== undefined && version >= flexibleSince
}

export function hasVersion({ versions: [first, last] }: AnyApi, version: number): boolean {
  return version >= first && version <= last
}
