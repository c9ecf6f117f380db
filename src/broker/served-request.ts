import type { AnyApi } from '../protocol/index.js'
import type { Soon } from '../soon.js'
import type { Piece } from '../wire/index.js'
import type { Call, Endpoint } from './handler.js'

/** Of the connection that a request came by. */
export interface Peer {
  readonly clientHost: string
  readonly endpoint: Endpoint
}

/** What a request says besides its body. */
export interface RequestHead {
  readonly api: AnyApi
  readonly version: number
  readonly correlationId: number
  readonly clientId: string
  /** All of its bytes; `body` has views of them. */
  readonly frame: Buffer
}

/**
 * A request from its beginning until its answer has gone to the socket. Signal and promise are made
 * when a handler asks for them, and go with the request: nothing of it stays with the connection.
 */
export class ServedRequest implements Call {
  readonly api: AnyApi
  readonly version: number
  readonly correlationId: number
  readonly clientId: string
  readonly frame: Buffer
  readonly clientHost: string
  readonly endpoint: Endpoint
  // biome-ignore lint/suspicious/noExplicitAny: of the API that is served
  readonly body: any
  readonly begun = performance.now()
  /** Once it is there; without pieces where none is expected. */
  answer: readonly Piece[] | undefined
  #abort: AbortController | undefined
  #reason: unknown
  #isTurn = false
  #turn: Promise<void> | undefined
  #takeTurn: (() => void) | undefined

  constructor(
    { api, version, correlationId, clientId, frame }: RequestHead,
    peer: Peer,
    body: unknown,
  ) {
    this.api = api
    this.version = version
    this.correlationId = correlationId
    this.clientId = clientId
    this.frame = frame
    this.clientHost = peer.clientHost
    this.endpoint = peer.endpoint
    this.body = body
  }

  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController()
      if (this.#reason !== undefined) this.#abort.abort(this.#reason)
    }
    return this.#abort.signal
  }

  get turn(): Soon<void> {
    if (this.#isTurn) return undefined
    this.#turn ??= new Promise((resolve) => {
      this.#takeTurn = resolve
    })
    return this.#turn
  }

  /** Why nobody waits for the answer any more; undefined while somebody does. */
  get abortReason(): unknown {
    return this.#reason
  }

  abort(reason: unknown): void {
    if (this.#reason !== undefined) return
    this.#reason = reason
    this.#abort?.abort(reason)
  }

  itsTurn(): void {
    this.#isTurn = true
    this.#takeTurn?.()
  }
}
