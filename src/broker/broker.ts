import type { Server, Socket } from 'node:net'
import { type BrokerConfig, brokerOptions } from '../config/broker-config.js'
import { checkedOptions } from '../config/option.js'
import type { Engine } from '../engine.js'
import { identityOf } from '../topic/index.js'
import { Connection } from './connection.js'
import type { Endpoint, Host } from './handler.js'
import { handlers } from './handlers/index.js'
import { listen } from './listen.js'
import { isWildcard, type Listener, parseListeners } from './listeners.js'

/** All have defaults; docs/configuration.md describes each. */
export type BrokerOptions = Partial<BrokerConfig>

/** Milliseconds that what is under way has to be answered when the broker closes. */
const closeGraceMs = 3000

/**
 * Serves an engine to clients that speak Kafka's protocol, on the thread that it is started on. The
 * engine is not the broker's to close: close the broker first.
 */
export class Broker {
  readonly #options: BrokerConfig
  readonly #host: Host
  readonly #servers: Server[] = []
  readonly #endpoints: Endpoint[] = []
  readonly #connections = new Set<Connection>()
  #closed: Promise<void> | undefined

  private constructor(options: BrokerConfig, host: Host) {
    this.#options = options
    this.#host = host
  }

  /**
   * Resolves when clients can connect.
   *
   * @throws DuramenError `ERR_INVALID_OPTION`, `ERR_LISTEN`, and what reading `meta.properties` throws
   */
  static async start(engine: Engine, options: BrokerOptions = {}): Promise<Broker> {
    const checked = checkedOptions(brokerOptions, options)
    const listeners = parseListeners('listeners', checked.listeners)
    const { advertisedListeners: text } = checked
    const advertised = text === '' ? [] : parseListeners('advertisedListeners', text)
    const { clusterId, nodeId } = await identityOf(engine.directory)
    const broker = new Broker(checked, {
      engine,
      options: checked,
      clusterId,
      nodeId: checked.nodeId < 0 ? nodeId : checked.nodeId,
    })
    try {
      for (const one of listeners) await broker.#listen(one, advertised)
    } catch (error) {
      await broker.close()
      throw error
    }
    return broker
  }

  /**
   * Where clients are told to connect, one for each of `listeners`; `localhost` for one that listens
   * at every address and has no advertised one.
   */
  get endpoints(): readonly Endpoint[] {
    return this.#endpoints
  }

  get clusterId(): string {
    return this.#host.clusterId
  }

  get nodeId(): number {
    return this.#host.nodeId
  }

  async #listen({ name, host, port }: Listener, advertised: readonly Listener[]): Promise<void> {
    const given = advertised.find((one) => one.name === name)
    const toHost = given?.host ?? (isWildcard(host) ? undefined : host)
    let endpoint: Endpoint = { host: toHost ?? 'localhost', port: given?.port || port }
    const bound = await listen(host, port, (socket) => {
      const came = toHost ?? plainAddress(socket.localAddress ?? '')
      this.#accept(socket, { ...endpoint, host: came })
    })
    this.#servers.push(...bound.map(({ server }) => server))
    endpoint = { ...endpoint, port: given?.port || bound[0].port }
    this.#endpoints.push(endpoint)
  }

  #accept(socket: Socket, endpoint: Endpoint): void {
    const limits = { maxRequestBytes: this.#options.socketRequestMaxBytes }
    const connection = new Connection(socket, this.#host, handlers, endpoint, limits)
    this.#connections.add(connection)
    socket.on('close', () => this.#connections.delete(connection))
  }

  /**
   * Stops listening, answers what is under way, long polls with what there is, and closes all
   * connections; after three seconds also those that are not done.
   */
  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    const closed = this.#servers.map(
      (server) => new Promise<void>((resolve) => server.close(() => resolve())),
    )
    const late = setTimeout(() => {
      for (const connection of this.#connections) connection.drop()
    }, closeGraceMs)
    for (const connection of this.#connections) connection.finish()
    // Servers are closed when the last of their connections is.
    await Promise.all(closed)
    clearTimeout(late)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

/** An address of IPv4 that came by a socket of IPv6 as what it is. */
function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '')
}
