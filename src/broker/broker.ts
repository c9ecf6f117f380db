import { createServer, type Server, type Socket } from 'node:net'
import type { Engine } from '../engine.js'
import { newUuid } from '../topic/uuid.js'
import { Connection } from './connection.js'
import type { Endpoint, Host } from './handler.js'
import { handlers } from './handlers/index.js'

export interface BrokerOptions {
  readonly host: string
  readonly port: number
}

/** Serves an engine to clients that speak Kafka's protocol. The engine is not the broker's to close. */
export class Broker {
  readonly #host: Host
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #endpoint: Endpoint = { host: '', port: 0 }

  private constructor(engine: Engine) {
    this.#host = { engine, nodeId: 1, clusterId: newUuid() }
    this.#server = createServer((socket) => this.#accept(socket))
  }

  /** @throws what listening throws */
  static async start(engine: Engine, options: BrokerOptions): Promise<Broker> {
    const broker = new Broker(engine)
    await broker.#listen(options)
    return broker
  }

  /** Where it can be reached. */
  get endpoint(): Endpoint {
    return this.#endpoint
  }

  #listen({ host, port }: BrokerOptions): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(port, host, () => {
        const address = this.#server.address() as { port: number }
        this.#endpoint = { host, port: address.port }
        resolve()
      })
    })
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket))
    const limits = { maxRequestBytes: 104_857_600 }
    new Connection(socket, this.#host, handlers, this.#endpoint, limits)
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}
