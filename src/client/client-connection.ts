import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { DuramenError } from '../errors.js'
import {
  type AnyApi,
  apis,
  decodeResponse,
  encodeRequest,
  errorCodes,
  Frames,
  type RequestInput,
  type ResponseOf,
} from '../protocol/index.js'
import { type Address, badAnswer, lost, shownAddress } from './lost.js'

export interface ClientOptions {
  readonly clientId: string
  /** How long to wait for a connection. */
  readonly connectTimeoutMs: number
  /** How long to wait for an answer, beyond the time that the request lets the broker take. */
  readonly timeoutMs: number
}

export interface RequestOptions {
  /** In this version at the most. Default: the latest that both know. */
  readonly latest?: number
  /** How long the request lets the broker take. Default 0. */
  readonly waitMs?: number
}

interface Asked {
  readonly correlationId: number
  readonly api: AnyApi
  readonly version: number
  /** On the clock of `performance.now`. */
  readonly deadline: number
  readonly resolve: (body: unknown) => void
  readonly reject: (error: unknown) => void
}

/** More than any broker sends: a fetch asks for far less, and a batch is not as large. */
const mostResponseBytes = 256 * 1024 * 1024
/** What all arrays of an answer may hold together; an item takes some hundred bytes of memory. */
const mostItems = 4_000_000

/** One connection to a broker: requests go out at once, and answers come in their order. */
export class ClientConnection {
  readonly address: Address
  readonly #socket: Socket
  readonly #options: ClientOptions
  readonly #frames = new Frames(mostResponseBytes)
  readonly #asked: Asked[] = []
  readonly #served = new Map<number, readonly [first: number, last: number]>()
  readonly #closed: () => void
  #correlationId = 0
  #failure: DuramenError | undefined
  #timer: NodeJS.Timeout | undefined

  private constructor(
    socket: Socket,
    address: Address,
    options: ClientOptions,
    closed: () => void,
  ) {
    this.address = address
    this.#socket = socket
    this.#options = options
    this.#closed = closed
    socket.setNoDelay(true)
    socket.on('data', (chunk: Buffer) => this.#received(chunk))
    socket.on('error', (error) => this.#fail(lost(address, error)))
    socket.on('close', () => this.#fail(lost(address)))
  }

  /**
   * @param closed called once, when requests can no longer be sent
   * @throws DuramenError `ERR_CONNECTION`, `ERR_BAD_ANSWER`, `ERR_UNSUPPORTED_VERSION`
   */
  static async open(
    address: Address,
    options: ClientOptions,
    signal: AbortSignal,
    closed: () => void = () => {},
  ): Promise<ClientConnection> {
    const socket = await connected(address, options.connectTimeoutMs, signal)
    const connection = new ClientConnection(socket, address, options, closed)
    try {
      await connection.#learnVersions()
      return connection
    } catch (error) {
      connection.close()
      throw error
    }
  }

  /** @throws DuramenError `ERR_UNSUPPORTED_VERSION` where broker and client have none in common */
  versionOf(api: AnyApi, latest = Number.POSITIVE_INFINITY): number {
    const [first, last] = this.#served.get(api.key) ?? [0, -1]
    const version = Math.min(last, api.versions[1], latest)
    if (version >= Math.max(first, api.versions[0])) return version
    const speaks = last < 0 ? 'does not serve' : `speaks versions ${first} to ${last} of`
    const ours = `${api.versions[0]} to ${Math.min(api.versions[1], latest)}`
    throw new DuramenError(
      'ERR_UNSUPPORTED_VERSION',
      `the broker at ${shownAddress(this.address)} ${speaks} ${api.name}, of which ${ours} are ` +
        'known here; use a broker that serves it',
    )
  }

  /** Whether the broker serves an API in a version that is known here. */
  serves(api: AnyApi): boolean {
    const [first, last] = this.#served.get(api.key) ?? [0, -1]
    return Math.min(last, api.versions[1]) >= Math.max(first, api.versions[0])
  }

  /** @throws DuramenError `ERR_CONNECTION`, `ERR_BAD_ANSWER`, `ERR_UNSUPPORTED_VERSION` */
  async request<A extends AnyApi>(
    api: A,
    body: RequestInput<A>,
    { latest, waitMs = 0 }: RequestOptions = {},
  ): Promise<ResponseOf<A>> {
    return this.#ask(api, this.versionOf(api, latest), body, waitMs)
  }

  /** Sends a request that is not answered. @throws as `request` */
  tell<A extends AnyApi>(api: A, body: RequestInput<A>): void {
    if (this.#failure !== undefined) throw this.#failure
    this.#send(api, this.versionOf(api), body)
  }

  /** Resolves when the system has taken what was sent, or the connection is lost. */
  async drained(): Promise<void> {
    if (!this.#socket.writableNeedDrain || this.#failure !== undefined) return
    await new Promise<void>((resolve) => {
      const done = () => {
        this.#socket.off('drain', done).off('close', done)
        resolve()
      }
      this.#socket.on('drain', done).on('close', done)
    })
  }

  close(): void {
    this.#fail(lost(this.address, new Error('it was closed')))
  }

  async #learnVersions(version = 3): Promise<void> {
    const software = { clientSoftwareName: 'duramen', clientSoftwareVersion: '0' }
    const { errorCode, apiKeys } = await this.#ask(apis.apiVersions, version, software, 0)
    if (errorCode === errorCodes.unsupportedVersion && version > 0) return this.#learnVersions(0)
    for (const { apiKey, minVersion, maxVersion } of apiKeys) {
      this.#served.set(apiKey, [minVersion, maxVersion])
    }
  }

  #ask<A extends AnyApi>(
    api: A,
    version: number,
    body: RequestInput<A>,
    waitMs: number,
  ): Promise<ResponseOf<A>> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    return new Promise((resolve, reject) => {
      const correlationId = this.#send(api, version, body)
      const deadline = performance.now() + this.#options.timeoutMs + waitMs
      const settle = { resolve: resolve as Asked['resolve'], reject }
      this.#asked.push({ correlationId, api, version, deadline, ...settle })
      if (this.#timer === undefined) this.#watch()
    })
  }

  /** Looks after the oldest request: answers come in order. */
  readonly #watch = () => {
    this.#timer = undefined
    const [oldest] = this.#asked
    if (oldest === undefined) return
    const left = oldest.deadline - performance.now()
    if (left > 0) this.#timer = setTimeout(this.#watch, left)
    else this.#fail(lost(this.address, new Error(`${oldest.api.name} was not answered in time`)))
  }

  #send<A extends AnyApi>(api: A, version: number, body: RequestInput<A>): number {
    const correlationId = this.#correlationId
    this.#correlationId = (correlationId + 1) % 2 ** 31
    const pieces = encodeRequest(api, version, correlationId, this.#options.clientId, body)
    this.#socket.cork()
    for (const piece of pieces) this.#socket.write(piece as Buffer)
    this.#socket.uncork()
    return correlationId
  }

  #received(chunk: Buffer): void {
    try {
      for (const frame of this.#frames.push(chunk)) this.#answered(frame)
    } catch (error) {
      this.#fail(badAnswer(this.address, error))
    }
  }

  #answered(frame: Buffer): void {
    const [asked] = this.#asked
    if (asked === undefined) throw new Error('an answer that nobody asked for')
    const { api, resolve } = asked
    const version = answeredVersion(asked, frame)
    const { correlationId, body } = decodeResponse(api, version, frame, { left: mostItems })
    if (correlationId !== asked.correlationId) {
      throw new Error(`an answer to request ${correlationId}, and not to ${asked.correlationId}`)
    }
    this.#asked.shift()
    resolve(body)
  }

  #fail(error: DuramenError): void {
    if (this.#failure !== undefined) return
    this.#failure = error
    this.#socket.destroy()
    clearTimeout(this.#timer)
    for (const { reject } of this.#asked.splice(0)) reject(error)
    this.#closed()
  }
}

async function connected(address: Address, ms: number, stop: AbortSignal): Promise<Socket> {
  let socket: Socket | undefined
  try {
    socket = connect(address)
    const signal = AbortSignal.any([stop, AbortSignal.timeout(ms)])
    await once(socket, 'connect', { signal })
    return socket
  } catch (error) {
    socket?.on('error', () => {}).destroy()
    throw lost(address, error)
  }
}

/** A broker that does not know a version of ApiVersions says so in version 0 (KIP-511). */
function answeredVersion({ api, version }: Asked, frame: Buffer): number {
  const isRefused =
    api.key === apis.apiVersions.key &&
    frame.length >= 6 &&
    frame.readInt16BE(4) === errorCodes.unsupportedVersion
  return isRefused ? 0 : version
}
