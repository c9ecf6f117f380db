import type { BrokerConfig } from '../config/broker-config.js'
import type { Engine } from '../engine.js'
import type { AnyApi, RequestOf, ResponseInput } from '../protocol/index.js'
import type { Soon } from '../soon.js'
import type { Problems } from './problems.js'

/** What handlers know of the broker that they serve for. */
export interface Host {
  readonly engine: Engine
  readonly options: Readonly<BrokerConfig>
  readonly nodeId: number
  readonly clusterId: string
  /** What an operator is told. */
  readonly problems: Problems
}

/** Where clients are to connect. */
export interface Endpoint {
  readonly host: string
  readonly port: number
}

/** One request, and who sent it. */
export interface Call {
  readonly version: number
  readonly clientId: string
  /** The client's address, as DescribeGroups shows it: `/127.0.0.1`. */
  readonly clientHost: string
  /** What the listener that the client came by advertises. */
  readonly endpoint: Endpoint
  /**
   * Aborts when the client is gone, or the broker closes: what waits is to end at once, with the answer
   * that there is or by throwing the signal's reason, which is not answered. It goes with the request:
   * listeners need not be removed.
   */
  readonly signal: AbortSignal
  /**
   * There when the client has been sent all that it had asked for before: an answer that takes
   * memory is made in its turn, so that a client has one at a time.
   */
  readonly turn: Soon<void>
}

/**
 * An answer that takes its time, while the client's next request may begin: what must happen in the
 * order of the requests, as appending, is done.
 */
export class Later<Response> {
  readonly answer: Promise<Response>

  constructor(answer: Promise<Response>) {
    this.answer = answer
    // It may fail before anybody looks at it.
    answer.catch(() => {})
  }
}

/** An answer for which the client's next request need not wait. */
export function soonOrLater<Response>(answer: Soon<Response>): Response | Later<Response> {
  return answer instanceof Promise ? new Later(answer) : answer
}

/** Null: the client expects no answer. */
export type Answer<Response> = Response | null | Later<Response | null>

export type Handle<A extends AnyApi> = (
  request: RequestOf<A>,
  call: Call,
  host: Host,
) => Answer<ResponseInput<A>> | Promise<Answer<ResponseInput<A>>>

/** An API that the broker serves. */
export interface Handler<A extends AnyApi = AnyApi> {
  readonly api: A
  /** First and last version that is served. */
  readonly versions: readonly [number, number]
  readonly handle: Handle<A>
  /** Whether nothing refers to the bytes of a request any more when the next one may begin. */
  readonly copiesBytes: boolean
}

/** What a client gets that asks for a version without support is the API's `refused`. */
export function handler<A extends AnyApi>(
  api: A,
  handle: Handle<A>,
  versions: readonly [number, number] = api.versions,
  copiesBytes = false,
): Handler<A> {
  return { api, versions, handle, copiesBytes }
}
