import type { Server, Socket } from 'node:net'
import { type BrokerConfig, brokerOptions } from '../config/broker-config.js'
import { checkedOptions } from '../config/option.js'
import type { Engine } from '../engine.js'
import { identityOf } from '../topic/index.js'
import { offsetsTopic } from '../topic/topic-name.js'
import { Connection } from './connection.js'
import type { Faults } from './faults.js'
import type { Endpoint, Host } from './handler.js'
import { handlers } from './handlers/index.js'
import { listen } from './listen.js'
import { isWildcard, type Listener, parseAdvertised, parseListeners } from './listeners.js'
import type { BrokerMetrics } from './metrics.js'
import { Problems } from './problems.js'
import { Service } from './service.js'
import { tellStorageFault } from './storage-faults.js'

/** All have defaults; docs/configuration.md describes each. */
export type BrokerOptions = Partial<BrokerConfig>

/** Milliseconds that what is under way has to be answered when the broker closes. */
const closeGraceMs = 3000

/**
 * Serves an engine to clients that speak Kafka's protocol, on the thread that it is started on. The
 * engine is not the broker's to close: close the broker first.
 */
export class Broker {
  readonly #host: Host
  readonly #service: Service
  readonly #servers: Server[] = []
  readonly #endpoints: Endpoint[] = []
  /** Each with the address of its client. */
  readonly #connections = new Map<Connection, string>()
  #closed: Promise<void> | undefined

  private constructor(host: Host) {
    this.#host = host
    this.#service = new Service(host, handlers)
  }

  /**
   * Resolves when clients can connect.
   *
   * @throws DuramenError `ERR_INVALID_OPTION`, `ERR_LISTEN`, and what reading `meta.properties` throws
   */
  static async start(engine: Engine, options: BrokerOptions = {}): Promise<Broker> {
    const checked = checkedOptions(brokerOptions, options)
    const listeners = parseListeners('listeners', checked.listeners)
    const { advertisedListeners } = checked
    const advertised = parseAdvertised('advertisedListeners', advertisedListeners, listeners)
    const { clusterId, nodeId } = await identityOf(engine.directory, checked.nodeId)
    const broker = new Broker({
      engine,
      options: checked,
      clusterId,
      nodeId: checked.nodeId < 0 ? nodeId : checked.nodeId,
      problems: new Problems(),
    })
    try {
      for (const one of listeners) await broker.#listen(one, advertised)
    } catch (error) {
      await broker.close()
      throw error
    }
    void broker.#leadGroups()
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

  /** What has been done since the start. */
  metrics(): BrokerMetrics {
    return this.#service.counts.snapshot(this.#connections.size)
  }

  /** Closes all connections that there are; clients may connect again. */
  dropConnections(): void {
    for (const connection of this.#connections.keys()) connection.drop()
  }

  /** For tests of programs that use a broker. */
  get faults(): Faults {
    return this.#service.faults
  }

  async #listen({ name, host, port }: Listener, advertised: readonly Listener[]): Promise<void> {
    const given = advertised.find((one) => one.name === name)
    const toHost = given?.host ?? (isWildcard(host) ? undefined : host)
    let endpoint: Endpoint = { host: toHost ?? 'localhost', port: given?.port || port }
    const bound = await listen(host, port, (socket) => {
      const came = toHost ?? plainAddress(socket.localAddress ?? '')
      this.#accept(socket, { ...endpoint, host: came })
    })
    for (const { server } of bound) {
      server.on('error', (error) => {
        this.#service.problems.report('accept', `cannot accept a connection: ${error.message}`)
      })
    }
    this.#servers.push(...bound.map(({ server }) => server))
    endpoint = { ...endpoint, port: given?.port || bound[0].port }
    this.#endpoints.push(endpoint)
  }

  /**
   * Groups are loaded now, as in Kafka, and not when one of them is asked for: else the time of a
   * member that does not come back would begin to run only then.
   */
  async #leadGroups(): Promise<void> {
    const { engine, problems } = this.#host
    if (engine.findTopic(offsetsTopic) === undefined) return
    try {
      await (await engine.groups()).load()
    } catch (error) {
      // Whoever asks for a group tries it again, and is told.
      tellStorageFault(error, offsetsTopic, problems)
    }
  }

  #accept(socket: Socket, endpoint: Endpoint): void {
    const { counts } = this.#service
    const address = plainAddress(socket.remoteAddress ?? '')
    if (this.#closed !== undefined || !this.#hasRoom(address)) {
      counts.refused++
      socket.destroy()
      return
    }
    counts.accepted++
    const connection = new Connection(socket, this.#service, address, endpoint)
    this.#connections.set(connection, address)
    void connection.closed.then(() => this.#connections.delete(connection))
  }

  #hasRoom(address: string): boolean {
    const { maxConnections, maxConnectionsPerIp } = this.#host.options
    const { problems } = this.#service
    if (this.#connections.size >= maxConnections) {
      problems.report('limit', `connection of ${address} refused: there are ${maxConnections}`)
      return false
    }
    if (this.#connections.size < maxConnectionsPerIp) return true
    const same = [...this.#connections.values()].filter((one) => one === address).length
    if (same < maxConnectionsPerIp) return true
    problems.report('limit', `connection of ${address} refused: it has ${same}`)
    return false
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
    for (const server of this.#servers) server.close()
    const late = setTimeout(() => {
      for (const connection of this.#connections.keys()) connection.drop()
    }, closeGraceMs)
    for (const connection of this.#connections.keys()) connection.finish()
    await Promise.all([...this.#connections.keys()].map(({ closed }) => closed))
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
