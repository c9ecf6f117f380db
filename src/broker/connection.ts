import type { Socket } from 'node:net'
import { DuramenError } from '../errors.js'
import { apiOfKey, apis, decodeRequest, Frames, hasVersion, readHeader } from '../protocol/index.js'
import { Answers } from './answers.js'
import { type Endpoint, Later } from './handler.js'
import { addressText } from './listen.js'
import { Outgoing } from './outgoing.js'
import { type Peer, ServedRequest } from './served-request.js'
import type { Outcome, Service } from './service.js'
import { withSharedReads } from './shared-reads.js'

/**
 * Items that all lists of one request may have together. Refusing as many topics that cannot be made
 * takes 2 s, and most other requests far less; nobody's client asks for so many.
 */
const mostItems = 2 ** 15

/** Milliseconds for which one client is served before others have their turn: 256 KiB may be 4,000 requests. */
const turnMs = 10

/** Bytes that are read on while the client's last request has not come to the point where the next may begin. */
const mostWaitingBytes = 256 * 1024

/**
 * One client. Requests begin in the order in which they come, each when the one before has done what
 * depends on the order, and are answered in that order. A client that asks faster than it is
 * answered, or does not take its answers, is not read from: what it costs is bounded by `Answers`.
 */
export class Connection {
  /** Resolves when the socket is closed. */
  readonly closed: Promise<void>
  readonly #socket: Socket
  readonly #service: Service
  readonly #peer: Peer
  readonly #address: string
  readonly #frames: Frames
  readonly #outgoing: Outgoing
  readonly #answers: Answers
  /** Whether a request is before the point where the next may begin. */
  #isBeginning = false
  #isServing = false
  /** Whether others have their turn, now that it was served for long. */
  #isResting = false
  #isClosing = false
  /** Whether the client has sent all that it will. */
  #hasEnded = false

  constructor(accepted: Socket, service: Service, address: string, endpoint: Endpoint) {
    const socket = withSharedReads(accepted, (bytes) => this.#received(bytes))
    this.#socket = socket
    this.#service = service
    this.#peer = { clientHost: `/${address}`, endpoint }
    this.#address = addressText(address, socket.remotePort ?? 0)
    this.#frames = new Frames(service.options.socketRequestMaxBytes, service.memory)
    this.#outgoing = new Outgoing(socket, () => this.#serve())
    this.#answers = new Answers(this.#outgoing)
    socket.setTimeout(service.options.connectionsMaxIdleMs)
    socket.on('timeout', () => this.#idle())
    // It is followed by 'close'.
    socket.on('error', () => {})
    socket.on('end', () => this.#ended())
    socket.on('close', () => this.#socketClosed())
    this.closed = new Promise((resolve) => void socket.once('close', () => resolve()))
  }

  /** Begins nothing more, ends what waits, and closes when all that was begun is answered. */
  finish(): void {
    this.#isClosing = true
    this.#answers.abort(new DuramenError('ERR_CLOSED', 'the broker is being closed'))
    if (this.#answers.isEmpty) this.#outgoing.end()
  }

  /** Closes now. */
  drop(): void {
    this.#gone()
    this.#outgoing.drop()
    this.#socket.destroy()
  }

  #gone(): void {
    this.#isClosing = true
    this.#answers.close(new DuramenError('ERR_CLOSED', 'the client is gone'))
  }

  /**
   * It may still read: it is answered all that it asked for. What would wait for more does not, for
   * nobody can tell such a client from one that has closed.
   */
  #ended(): void {
    this.#hasEnded = true
    this.#answers.abort(new DuramenError('ERR_CLOSED', 'the client has ended the connection'))
    this.#serve()
  }

  /**
   * All that the client sent before it left is still done, in its order, but for what would wait: a
   * producer that awaits no answers (acks=0) closes as soon as it has sent.
   */
  #socketClosed(): void {
    this.#outgoing.drop()
    this.#answers.close(new DuramenError('ERR_CLOSED', 'the client is gone'))
    this.#serve()
  }

  #received(chunk: Buffer): void {
    this.#service.counts.bytesIn += chunk.length
    if (this.#isClosing) return
    this.#frames.add(chunk)
    this.#serve()
    this.#keep()
  }

  /** The next bytes of any client take the place of what was read. */
  #keep(): void {
    if (this.#isClosing) return
    try {
      this.#frames.keep()
    } catch (error) {
      this.#refuse(error)
    }
  }

  /**
   * A client that waits for an answer is not idle. One that does not take it is, and one that is not
   * read from, whose end nobody would notice.
   */
  #idle(): void {
    const isTaking = this.#outgoing.unsentBytes === 0 && !this.#socket.isPaused()
    if (!this.#answers.isEmpty && isTaking) return
    this.#service.counts.dropped++
    this.drop()
  }

  get #mayBegin(): boolean {
    if (this.#isBeginning || this.#isResting) return false
    return !this.#isClosing && this.#answers.hasRoom
  }

  /** Begins what may begin; what is answered at once goes out together, which may make room for more. */
  #serve(): void {
    if (this.#isServing) return
    this.#isServing = true
    const until = performance.now() + turnMs
    let isAll: boolean
    do {
      isAll = this.#beginAll(until)
      this.#flush()
    } while (!isAll && this.#mayBegin)
    this.#isServing = false
    if (isAll && this.#hasEnded && this.#answers.isEmpty) this.#outgoing.end()
    this.#holdUp()
  }

  /** Whether nothing is left that has come whole. */
  #beginAll(until: number): boolean {
    try {
      while (this.#mayBegin) {
        const frame = this.#frames.next()
        if (frame === undefined) return true
        this.#begin(frame)
        if (performance.now() >= until) this.#rest()
      }
    } catch (error) {
      this.#refuse(error)
    }
    return false
  }

  #rest(): void {
    this.#isResting = true
    setImmediate(() => {
      this.#isResting = false
      this.#serve()
    })
  }

  #flush(): void {
    try {
      this.#outgoing.flush()
      this.#answers.flushed()
    } catch (error) {
      this.#service.problems.report('request', `an answer could not be sent: ${error}`, error)
      this.drop()
    }
  }

  /** The socket is read from while its requests can begin. */
  #holdUp(): void {
    const isPaused = this.#socket.isPaused()
    if (this.#mayBegin) {
      if (isPaused) this.#socket.resume()
    } else if (!isPaused && this.#frames.pendingBytes > mostWaitingBytes) {
      this.#socket.pause()
    }
  }

  #begin(frame: Buffer): void {
    const { apiKey, version, correlationId } = readHeader(frame)
    const api = apiOfKey(apiKey)
    if (api === undefined) throw invalid(`there is no API ${apiKey}`)
    const head = { api, version, correlationId, clientId: '', frame }
    if (!hasVersion(api, version)) {
      if (api !== apis.apiVersions) throw invalid(`${api.name} has no version ${version}`)
      // In a form that every client understands (KIP-511).
      const request = new ServedRequest({ ...head, version: 0 }, this.#peer, undefined)
      this.#answers.expect(request)
      this.#answered(request, this.#service.refuseApiVersions(request))
      return
    }
    const { clientId, body } = decodeRequest(api, version, frame, { left: mostItems })
    const request = new ServedRequest({ ...head, clientId: clientId ?? '' }, this.#peer, body)
    this.#answers.expect(request)
    const answer = this.#service.begin(request)
    if (answer instanceof Promise) {
      this.#isBeginning = true
      void answer.then((settled) => this.#begun(request, settled))
    } else {
      this.#service.release(request)
      this.#settle(request, answer)
    }
  }

  #begun(request: ServedRequest, answer: Outcome | Later<Outcome>): void {
    this.#isBeginning = false
    this.#service.release(request)
    this.#settle(request, answer)
    this.#serve()
  }

  #settle(request: ServedRequest, answer: Outcome | Later<Outcome>): void {
    if (!(answer instanceof Later)) this.#answered(request, answer)
    else
      void answer.answer.then((outcome) => {
        this.#answered(request, outcome)
        this.#serve()
      })
  }

  #answered(request: ServedRequest, outcome: Outcome): void {
    if (outcome === undefined) {
      this.drop()
      return
    }
    this.#service.counts.bytesOut += this.#answers.fill(request, outcome)
    if (this.#isClosing && this.#answers.isEmpty) this.#outgoing.end()
  }

  /** What follows on this connection makes no sense any more. */
  #refuse(error: unknown): void {
    const { counts, problems } = this.#service
    counts.dropped++
    const isClients = error instanceof DuramenError
    const why = isClients ? error.message : `an error of the broker: ${String(error)}`
    const line = `connection of ${this.#address} closed: ${why}`
    problems.report('connection', line, isClients ? undefined : error)
    this.#gone()
    // Answers that were given go out first.
    this.#outgoing.end()
  }
}

function invalid(message: string): DuramenError {
  return new DuramenError('ERR_INVALID_REQUEST', message)
}
