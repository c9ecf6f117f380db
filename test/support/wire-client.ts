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
  /** For tests that close, reset or do not read it. */
  readonly socket: Socket
  /** Resolves when the connection is closed, by whichever side. */
  readonly closed: Promise<void>
  readonly #frames = new Frames(2 ** 30)
  readonly #waiting: ((frame: Buffer | undefined) => void)[] = []
  #sent = 0
  #isClosed = false

  clientId = 'test'

  private constructor(socket: Socket) {
    this.socket = socket
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        this.#isClosed = true
        for (const answer of this.#waiting.splice(0)) answer(undefined)
        resolve()
      })
    })
    socket.on('error', () => {})
    socket.on('data', (chunk: Buffer) => {
      for (const frame of this.#frames.push(chunk)) this.#waiting.shift()?.(frame)
    })
  }

  /** Connected until the test has finished. */
  static async connect(port: number, host = '127.0.0.1'): Promise<WireClient> {
    const socket = connect(port, host)
    onTestFinished(() => void socket.destroy())
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject))
    return new WireClient(socket)
  }

  /** As if its process were gone. */
  async die(): Promise<void> {
    this.socket.destroy()
    await this.closed
  }

  /**
   * Sends in the latest version, or another, and awaits the answer, the first that is not taken yet:
   * several may be asked at once.
   *
   * @throws Error where the connection is closed instead, or the answer is another request's
   */
  ask<A extends AnyApi>(
    api: A,
    body: RequestInput<A>,
    version: number = api.versions[1],
  ): Promise<ResponseOf<A>> {
    const answer = this.#answerTo(this.tell(api, body, version), api, version)
    // Not every test awaits it.
    answer.catch(() => {})
    return answer
  }

  async #answerTo<A extends AnyApi>(id: number, api: A, version: number): Promise<ResponseOf<A>> {
    const { correlationId, body } = decodeResponse(api, version, await this.frame())
    if (correlationId === id) return body
    throw new Error(`request ${id} got the answer of ${correlationId}`)
  }

  /** Sends, and awaits nothing; the request's correlation id. */
  tell<A extends AnyApi>(api: A, body: RequestInput<A>, version: number = api.versions[1]): number {
    const id = this.#sent++
    this.socket.write(
      Buffer.concat(encodeRequest(api, version, id, this.clientId, body) as Buffer[]),
    )
    return id
  }

  /** Awaits the next frame of the broker's. @throws Error where the connection is closed instead */
  async frame(): Promise<Buffer> {
    const frame = this.#isClosed
      ? undefined
      : await new Promise<Buffer | undefined>((resolve) => this.#waiting.push(resolve))
    if (frame !== undefined) return frame
    throw new Error('the broker has closed the connection')
  }
}

/** A client of a broker over an engine; both go when the test has finished. */
export async function clientOf(engine: Engine): Promise<WireClient> {
  const broker = await startBroker({}, engine)
  return WireClient.connect(broker.endpoints[0].port)
}
