import { DuramenError } from '../errors.js'
import type { AnyApi, RequestInput, ResponseOf } from '../protocol/index.js'
import type { ClientConnection, RequestOptions } from './client-connection.js'
import type { ClusterClient } from './cluster-client.js'
import { retrying } from './retrying.js'

/** Where a partition of a topic is read and written. */
export class PartitionLeader {
  readonly topic: string
  readonly partition: number
  readonly #cluster: ClusterClient
  #node: number

  constructor(cluster: ClusterClient, topic: string, partition: number, node: number) {
    this.#cluster = cluster
    this.topic = topic
    this.partition = partition
    this.#node = node
  }

  /** The id of the broker. */
  get node(): number {
    return this.#node
  }

  /** For messages. */
  get name(): string {
    return `partition ${this.partition} of ${this.topic}`
  }

  /** @throws DuramenError `ERR_CONNECTION` */
  connection(): Promise<ClientConnection> {
    return this.#cluster.node(this.#node)
  }

  /** Asks who leads now. @throws as `ClusterClient.leaderOf` */
  async find(): Promise<void> {
    this.#node = await this.#cluster.leaderOf(this.topic, this.partition)
  }

  /** What `take` makes of the answer of whoever leads, also of one that has just become it. */
  ask<A extends AnyApi, T>(
    api: A,
    body: RequestInput<A>,
    take: (answer: ResponseOf<A>) => T,
    { signal, ...options }: RequestOptions & { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<T> {
    const act = async () => {
      const asked = (await this.connection()).request(api, body, options)
      return take(await (signal === undefined ? asked : unlessAborted(asked, signal)))
    }
    return retrying(act, { first: () => this.find(), signal })
  }

  /** The broker's answer is not about this partition, or contradicts itself. */
  bad(why: string): DuramenError {
    const { topic, partition } = this
    const message = `a broker's answer about ${this.name} ${why}; look at the broker`
    return new DuramenError('ERR_BAD_ANSWER', message, { topic, partition })
  }
}

/** As `promise`, but rejects as soon as the signal says so; what comes later is dropped. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
