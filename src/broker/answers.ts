import type { Piece } from '../wire/index.js'
import { release } from './log-views.js'
import type { Outgoing } from './outgoing.js'
import type { ServedRequest } from './served-request.js'

/** Bytes of answers that a client has not taken with which it is sent more. */
const mostUnsentBytes = 2 ** 20

/** Requests of one client that are begun and not answered. */
const mostRequests = 100

/** Their bytes, which they hold; one is begun also where it has more. */
const mostRequestBytes = 8 * 2 ** 20

/** The requests of one client that are begun, and their answers, which go in the same order. */
export class Answers {
  readonly #outgoing: Outgoing
  readonly #requests: ServedRequest[] = []
  #requestBytes = 0
  /** Of answers that are there, and stand behind one that is not. */
  #readyBytes = 0
  /** Why nobody waits for answers that are to come. */
  #aborted: unknown
  /** Why nobody takes answers any more. */
  #closed: unknown

  constructor(outgoing: Outgoing) {
    this.#outgoing = outgoing
  }

  /** Whether all that was begun has been answered. */
  get isEmpty(): boolean {
    return this.#requests.length === 0
  }

  /** Whether another request may begin. */
  get hasRoom(): boolean {
    if (this.#closed !== undefined) return true
    return (
      this.#requests.length < mostRequests &&
      this.#requestBytes < mostRequestBytes &&
      this.#outgoing.unsentBytes + this.#readyBytes <= mostUnsentBytes
    )
  }

  /** Keeps the place of the request's answer. */
  expect(request: ServedRequest): void {
    if (this.#closed !== undefined) {
      request.abort(this.#closed)
      request.itsTurn()
      return
    }
    if (this.#aborted !== undefined) request.abort(this.#aborted)
    this.#requests.push(request)
    this.#requestBytes += request.frame.length
    this.flushed()
  }

  /** The answer goes out as soon as those before have; how many bytes that makes. */
  fill(request: ServedRequest, pieces: readonly Piece[]): number {
    if (this.#closed !== undefined) {
      release(pieces)
      return 0
    }
    request.answer = pieces
    this.#readyBytes += memoryOf(pieces)
    return this.#addReady()
  }

  /** After a flush: an answer that takes memory is made once the client has taken those before. */
  flushed(): void {
    if (this.#outgoing.unsentBytes <= mostUnsentBytes) this.#requests[0]?.itsTurn()
  }

  /** Nobody waits for any answer that is to come from now on: handlers that wait are to end. */
  abort(reason: unknown): void {
    this.#aborted ??= reason
    for (const request of this.#requests) request.abort(reason)
  }

  /** The client is gone. */
  close(reason: unknown): void {
    this.#closed ??= reason
    for (const request of this.#requests.splice(0)) {
      request.abort(reason)
      request.itsTurn()
      release(request.answer ?? [])
    }
  }

  #addReady(): number {
    let bytes = 0
    let [first] = this.#requests
    for (; first?.answer !== undefined; [first] = this.#requests) {
      this.#requests.shift()
      this.#requestBytes -= first.frame.length
      this.#readyBytes -= memoryOf(first.answer)
      bytes += this.#outgoing.add(first.answer)
    }
    return bytes
  }
}

/** Views are of what is mapped anyway. */
function memoryOf(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, piece) => sum + (piece instanceof Uint8Array ? piece.length : 0), 0)
}
