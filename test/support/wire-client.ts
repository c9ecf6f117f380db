import { connect, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import type { Engine } from '../../src/engine.js'
import {
  type AnyApi,
  decodeResponse,
  encodeRequest,
  Frames,
  type RequestInput,
  type ResponseOf,
} from '../../src/protocol/index.js'
import { startBroker } from './brokers.js'

/** A client that sends what it is told and shows what it got. */
export class WireClient {
  readonly #socket: Socket
  readonly #frames = new Frames(2 ** 30)
  readonly #waiting: ((frame: Buffer) => void)[] = []
  /** Resolves when the connection is closed, by whichever side. */
  readonly closed: Promise<void>
  #sent = 0

  private constructor(socket: Socket) {
    this.#socket = socket
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()))
    socket.on('error', () => {})
    socket.on('data', (chunk: Buffer) => {
      for (const frame of this.#frames.push(chunk)) this.#waiting.shift()?.(frame)
    })
  }

  /** Connected until the test has finished. */
  static async connect(port: number): Promise<WireClient> {
    const socket = connect(port, '127.0.0.1')
    onTestFinished(() => void socket.destroy())
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject))
    return new WireClient(socket)
  }

  /** As if its process were gone. */
  async die(): Promise<void> {
    this.#socket.resetAndDestroy()
    await this.closed
  }

  /** Sends in the latest version, or another. */
  async ask<A extends AnyApi>(
    api: A,
    body: RequestInput<A>,
    version: number = api.versions[1],
  ): Promise<ResponseOf<A>> {
    const pieces = encodeRequest(api, version, this.#sent++, 'test', body)
    this.#socket.write(Buffer.concat(pieces as Buffer[]))
    const frame = await new Promise<Buffer>((resolve) => this.#waiting.push(resolve))
    return decodeResponse(api, version, frame).body
  }
}

/** A client of a broker over an engine; both go when the test has finished. */
export async function clientOf(engine: Engine): Promise<WireClient> {
  const broker = await startBroker({}, engine)
  return WireClient.connect(broker.endpoints[0].port)
}
