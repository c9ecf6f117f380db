import { createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { ClusterClient } from '../../src/client/index.js'
import { type AnyApi, apis, encodeResponse, Frames, readHeader } from '../../src/protocol/index.js'

/** What it does about a request: an answer's body, bytes as they are, or nothing. */
export type Answer = object | Uint8Array | 'close' | 'silence'

export interface Call {
  readonly api: AnyApi
  readonly version: number
  readonly correlationId: number
}

/** Some broker on a port of its own that says what it is told to, be it true or not. */
export class ScriptedBroker {
  readonly #answer: (call: Call) => Answer | undefined
  port = 0
  connections = 0

  private constructor(answer: (call: Call) => Answer | undefined) {
    this.#answer = answer
  }

  /** @param answer what differs from a broker with one topic, `clicks`, of one partition */
  static async start(answer: (call: Call) => Answer | undefined): Promise<ScriptedBroker> {
    const broker = new ScriptedBroker(answer)
    const sockets = new Set<Socket>()
    const server = createServer((socket) => {
      sockets.add(socket)
      broker.#serve(socket)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    broker.port = (server.address() as { port: number }).port
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy()
      server.close()
    })
    return broker
  }

  #serve(socket: Socket): void {
    this.connections++
    const frames = new Frames(2 ** 30)
    socket.on('error', () => {})
    socket.on('data', (chunk: Buffer) => {
      for (const frame of frames.push(chunk)) this.#respond(socket, frame)
    })
  }

  #respond(socket: Socket, frame: Buffer): void {
    const { apiKey, version, correlationId } = readHeader(frame)
    const api = Object.values(apis).find(({ key }) => key === apiKey) as AnyApi
    const call = { api, version, correlationId }
    const answer = this.#answer(call) ?? this.#usual(api)
    if (answer === 'silence') return
    if (answer === 'close') return void socket.destroy()
    if (answer instanceof Uint8Array) return void socket.write(answer)
    const pieces = encodeResponse(api, version, correlationId, answer as never)
    socket.write(Buffer.concat(pieces as Buffer[]))
  }

  #usual(api: AnyApi): Answer {
    const partition = { partitionIndex: 0, errorCode: 0 }
    if (api === apis.apiVersions) {
      const apiKeys = Object.values(apis).map(({ key, versions: [minVersion, maxVersion] }) => {
        return { apiKey: key, minVersion, maxVersion }
      })
      return { errorCode: 0, apiKeys }
    }
    if (api === apis.listOffsets) {
      return { topics: [{ name: 'clicks', partitions: [{ ...partition, offset: 0 }] }] }
    }
    const placed = { ...partition, leaderId: 1, replicaNodes: [1], isrNodes: [1] }
    return {
      brokers: [{ nodeId: 1, host: '127.0.0.1', port: this.port }],
      controllerId: 1,
      topics: [{ errorCode: 0, name: 'clicks', partitions: [placed] }],
    }
  }

  /** Closed when the test has finished. */
  client(timeoutMs = 30_000): ClusterClient {
    return clientTo(this.port, timeoutMs)
  }
}

export function clientTo(port: number, timeoutMs = 30_000): ClusterClient {
  const cluster = new ClusterClient([{ host: '127.0.0.1', port }], { timeoutMs })
  onTestFinished(() => cluster.close())
  return cluster
}

/** The answer to a fetch of `clicks-0`. */
export function fetched(records: Buffer, more: object = {}): object {
  const partition = { partitionIndex: 0, errorCode: 0, highWatermark: 100, records, ...more }
  return { errorCode: 0, responses: [{ topic: 'clicks', partitions: [partition] }] }
}
