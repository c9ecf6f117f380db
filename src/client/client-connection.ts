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

export interface Address {
  readonly host: string
  readonly port: number
}

export interface ClientOptions {
  readonly clientId: string
  /** How long to wait for a connection, and for an answer beyond the time that a request may wait. */
  readonly timeoutMs: number
}

interface Asked {
  readonly api: AnyApi
  readonly version: number
  readonly resolve: (body: unknown) => void
  readonly reject: (error: unknown) => void
}

// More than any broker sends: Fetch is asked for far less.
const mostResponseBytes = 512 * 1024 * 1024

/** One connection to a broker: requests go out at once, and answers come in their order. */
export class ClientConnection {
  readonly address: Address
  readonly #socket: Socket
  readonly #options: ClientOptions
  readonly #frames = new Frames(mostResponseBytes)
  readonly #asked: Asked[] = []
  readonly #served = new Map<number, readonly [first: number, last: number]>()
  #correlationId = 0
  #failure: DuramenError | undefined

  private constructor(address: Address, socket: Socket, options: ClientOptions) {
    this.address = address
    this.#socket = socket
    this.#options = options
    socket.setNoDelay(true)
    socket.on('data', (chunk: Buffer) => this.#received(chunk))
    socket.on('error', (error) => this.#fail(lost(address, error)))
    socket.on('close', () => this.#fail(lost(address)))
  }

  /** @throws DuramenError `ERR_CONNECTION`, `ERR_UNSUPPORTED_VERSION` */
  static async open(address: Address, options: ClientOptions): Promise<ClientConnection> {
    const socket = connect(address)
    try {
      await once(socket, 'connect', { signal: AbortSignal.timeout(options.timeoutMs) })
    } catch (error) {
      socket.destroy()
      throw lost(address, error)
    }
    const connection = new ClientConnection(address, socket, options)
    try {
      await connection.#learnVersions()
    } catch (error) {
      connection.close()
      throw error
    }
    return connection
  }

  /** Whether requests can still be sent. */
  get isOpen(): boolean {
    return this.#failure === undefined
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
      `the broker at ${shownAddress(this.address)} ${speaks} ${api.name}, and this client takes ${ours}`,
    )
  }

  /**
   * The answer to a request, in the latest version that both know, or at most `latest`.
   *
   * @throws DuramenError `ERR_CONNECTION`, `ERR_UNSUPPORTED_VERSION`
   */
  async request<A extends AnyApi>(
    api: A,
    body: RequestInput<A>,
    latest?: number,
  ): Promise<ResponseOf<A>> {
    return this.#ask(api, this.versionOf(api, latest), body)
  }

  /** Sends a request that is not answered. */
  tell<A extends AnyApi>(api: A, body: RequestInput<A>): void {
    this.#send(api, this.versionOf(api), body)
  }

  /** Resolves when the broker's socket has taken what was sent, or is gone. */
  async drained(): Promise<void> {
    if (this.#socket.writableNeedDrain && this.isOpen) {
      await once(this.#socket, 'drain').catch(() => {})
    }
  }

  close(): void {
    this.#fail(lost(this.address, new Error('it was closed')))
    this.#socket.destroy()
  }

  async #learnVersions(version = 3): Promise<void> {
    const software = { clientSoftwareName: 'duramen', clientSoftwareVersion: '0' }
    const { errorCode, apiKeys } = await this.#ask(apis.apiVersions, version, software)
    for (const { apiKey, minVersion, maxVersion } of apiKeys) {
      this.#served.set(apiKey, [minVersion, maxVersion])
    }
    if (errorCode === errorCodes.unsupportedVersion && version > 0) await this.#learnVersions(0)
  }

  #ask<A extends AnyApi>(api: A, version: number, body: RequestInput<A>): Promise<ResponseOf<A>> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    return new Promise((resolve, reject) => {
      this.#send(api, version, body)
      this.#asked.push({ api, version, resolve: resolve as Asked['resolve'], reject })
      this.#socket.setTimeout(this.#options.timeoutMs, this.#timedOut)
    })
  }

  readonly #timedOut = () => {
    this.#fail(lost(this.address, new Error(`no answer for ${this.#options.timeoutMs} ms`)))
    this.#socket.destroy()
  }

  #send<A extends AnyApi>(api: A, version: number, body: RequestInput<A>): void {
    const { clientId } = this.#options
    const pieces = encodeRequest(api, version, this.#correlationId++, clientId, body)
    this.#socket.cork()
    for (const piece of pieces) this.#socket.write(piece as Buffer)
    this.#socket.uncork()
  }

  #received(chunk: Buffer): void {
    try {
      for (const frame of this.#frames.push(chunk)) this.#answered(frame)
      if (this.#asked.length === 0) this.#socket.setTimeout(0)
    } catch (error) {
      this.#fail(lost(this.address, error))
      this.#socket.destroy()
    }
  }

  #answered(frame: Buffer): void {
    const asked = this.#asked.shift()
    if (asked === undefined) throw new Error('an answer that nobody asked for')
    asked.resolve(decodeResponse(asked.api, answeredVersion(asked, frame), frame).body)
  }

  #fail(error: DuramenError): void {
    this.#failure ??= error
    for (const { reject } of this.#asked.splice(0)) reject(this.#failure)
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

export function shownAddress({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

function lost(address: Address, cause?: unknown): DuramenError {
  const why = cause instanceof Error ? cause.message || cause.name : 'it was closed by the broker'
  return new DuramenError(
    'ERR_CONNECTION',
    `the connection to ${shownAddress(address)} failed: ${why}; look whether a broker listens there`,
    { cause },
  )
}
