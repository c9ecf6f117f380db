import type { Socket } from 'node:net'
import { DuramenError } from '../errors.js'
import {
  type AnyApi,
  apiOfKey,
  apis,
  decodeRequest,
  encodeResponse,
  errorCodes,
  Frames,
  hasVersion,
  type RequestHeader,
  readHeader,
} from '../protocol/index.js'
import { errorCodeOf } from './error-code.js'
import { type Call, type Endpoint, type Handler, type Host, Later } from './handler.js'
import { writePieces } from './write-pieces.js'

export interface ConnectionLimits {
  readonly maxRequestBytes: number
}

/** Requests that one client may have begun without having been sent the answers. */
const mostUnanswered = 100

// biome-ignore lint/suspicious/noExplicitAny: of the API that is served
type Body = any

/** Items that all lists of one request may have together: some 50 MB of objects. */
const mostItems = 2 ** 18

/**
 * One client. Requests begin in the order in which they come, each when the one before has done what
 * depends on the order, and are answered in that order.
 */
export class Connection {
  readonly #socket: Socket
  readonly #host: Host
  readonly #handlers: ReadonlyMap<number, Handler>
  readonly #endpoint: Endpoint
  readonly #frames: Frames
  readonly #gone = new AbortController()
  readonly #waiting: Buffer[] = []
  #isServing = false
  #unanswered = 0
  /** Settles when all answers so far are written. */
  #written: Promise<void> = Promise.resolve()

  constructor(
    socket: Socket,
    host: Host,
    handlers: ReadonlyMap<number, Handler>,
    endpoint: Endpoint,
    limits: ConnectionLimits,
  ) {
    this.#socket = socket
    this.#host = host
    this.#handlers = handlers
    this.#endpoint = endpoint
    this.#frames = new Frames(limits.maxRequestBytes)
    socket.setNoDelay(true)
    socket.on('data', (chunk: Buffer) => this.#received(chunk))
    socket.on('error', () => {})
    socket.on('close', () => this.#gone.abort())
  }

  #received(chunk: Buffer): void {
    try {
      this.#waiting.push(...this.#frames.push(chunk))
    } catch (error) {
      this.#drop(error)
      return
    }
    if (!this.#isServing && this.#waiting.length > 0) void this.#serve()
  }

  /** Nothing is read while requests wait to begin: a client is held up when the engine is behind. */
  async #serve(): Promise<void> {
    this.#isServing = true
    this.#socket.pause()
    try {
      for (let frame = this.#waiting.shift(); frame !== undefined; frame = this.#waiting.shift()) {
        if (this.#gone.signal.aborted) return
        await this.#begin(frame)
      }
      this.#socket.resume()
    } catch (error) {
      this.#drop(error)
    } finally {
      this.#isServing = false
    }
  }

  async #begin(frame: Buffer): Promise<void> {
    const header = readHeader(frame)
    const { apiKey, version } = header
    const api = apiOfKey(apiKey)
    if (api === undefined) throw invalid(`there is no API ${apiKey}`)
    if (!hasVersion(api, version)) {
      if (api !== apis.apiVersions) throw invalid(`${api.name} has no version ${version}`)
      this.#refuseVersion(header)
      return
    }
    const { clientId, body } = decodeRequest(api, version, frame, { left: mostItems })
    const answer = await this.#answer(api, header, clientId ?? '', body)
    if (this.#unanswered >= mostUnanswered) await this.#written
    this.#send(api, header, answer instanceof Later ? answer.answer : answer, body)
  }

  /** In a form that every client understands, and with what it may ask in (KIP-511). */
  #refuseVersion(header: RequestHeader): void {
    const { key, versions } = apis.apiVersions
    const apiKeys = [{ apiKey: key, minVersion: versions[0], maxVersion: versions[1] }]
    const answer = { errorCode: errorCodes.unsupportedVersion, apiKeys }
    this.#send(apis.apiVersions, { ...header, version: 0 }, answer, undefined)
  }

  async #answer(api: AnyApi, { version }: RequestHeader, clientId: string, body: Body) {
    const handler = this.#handlers.get(api.key)
    if (handler === undefined || version < handler.versions[0] || version > handler.versions[1]) {
      return api.refused(body, errorCodes.unsupportedVersion)
    }
    const call: Call = {
      version,
      clientId,
      clientHost: `/${this.#socket.remoteAddress ?? ''}`,
      endpoint: this.#endpoint,
      signal: this.#gone.signal,
      turn: this.#written,
    }
    try {
      return await handler.handle(body, call, this.#host)
    } catch (error) {
      return api.refused(body, errorCodeOf(error))
    }
  }

  /** Writes the answer, once it is there, behind those that were sent before. */
  #send(api: AnyApi, header: RequestHeader, answer: unknown, body: Body): void {
    const before = this.#written
    this.#unanswered++
    this.#written = this.#sendBehind(before, api, header, answer, body)
    this.#written.catch((error) => this.#drop(error))
  }

  async #sendBehind(
    before: Promise<void>,
    api: AnyApi,
    { version, correlationId }: RequestHeader,
    answer: unknown,
    body: Body,
  ): Promise<void> {
    let response: unknown
    try {
      response = await answer
    } catch (error) {
      response = api.refused(body, errorCodeOf(error))
    }
    await before
    this.#unanswered--
    if (response === null || this.#gone.signal.aborted) return
    const pieces = encodeResponse(api, version, correlationId, response as never)
    await writePieces(this.#socket, pieces)
  }

  /** For the time being as `drop`. */
  finish(): void {
    this.drop()
  }

  drop(): void {
    this.#drop(undefined)
  }

  #drop(error: unknown): void {
    // What follows on this connection makes no sense any more.
    this.#gone.abort(error)
    this.#socket.destroy()
  }
}

function invalid(message: string): DuramenError {
  return new DuramenError('ERR_INVALID_REQUEST', message)
}
