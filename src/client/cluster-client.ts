import { DuramenError } from '../errors.js'
import {
  type AnyApi,
  apis,
  errorCodes,
  type RequestInput,
  type ResponseOf,
} from '../protocol/index.js'
import { brokerError } from './broker-error.js'
import { ClientConnection, type ClientOptions } from './client-connection.js'
import { type Address, shownAddress } from './lost.js'
import { isWrongBroker, retrying } from './retrying.js'
import { type TopicMetadata, topicMetadata } from './topic-metadata.js'

const usual: ClientOptions = { clientId: 'duramen', connectTimeoutMs: 10_000, timeoutMs: 30_000 }

/** A cluster of brokers that speak Kafka's protocol, as a client sees it. */
export class ClusterClient {
  readonly #bootstrap: readonly Address[]
  readonly #options: ClientOptions
  readonly #nodes = new Map<number, Address>()
  readonly #connections = new Map<string, Promise<ClientConnection>>()
  readonly #stop = new AbortController()
  #controllerId = -1

  /** Nothing is connected until it is needed. */
  constructor(bootstrap: readonly Address[], options: Partial<ClientOptions> = {}) {
    this.#bootstrap = bootstrap
    this.#options = { ...usual, ...options }
  }

  /** The answer of any broker. @throws DuramenError `ERR_CONNECTION`, `ERR_BAD_ANSWER`, `ERR_UNSUPPORTED_VERSION` */
  async request<A extends AnyApi>(api: A, body: RequestInput<A>): Promise<ResponseOf<A>> {
    return (await this.any()).request(api, body)
  }

  /** What `act` makes of the broker that makes and deletes topics. @throws as `request` */
  onController<T>(act: (connection: ClientConnection) => Promise<T>): Promise<T> {
    return retrying(
      async () => {
        if (this.#nodes.size === 0) await this.#learn([])
        // Brokers without one pass such requests on.
        return act(
          await (this.#nodes.has(this.#controllerId) ? this.node(this.#controllerId) : this.any()),
        )
      },
      { after: isWrongBroker, first: () => this.#learn([]) },
    )
  }

  /** What `act` makes of the broker that leads a group. @throws as `request`, `ERR_BROKER` */
  onCoordinator<T>(groupId: string, act: (connection: ClientConnection) => Promise<T>): Promise<T> {
    return retrying(async () => act(await this.#findCoordinator(groupId)), { after: isWrongBroker })
  }

  async #findCoordinator(groupId: string): Promise<ClientConnection> {
    const found = await this.request(apis.findCoordinator, {
      key: groupId,
      keyType: 0,
      coordinatorKeys: [groupId],
    })
    const { errorCode, nodeId, host, port } = found.coordinators[0] ?? found
    if (errorCode !== errorCodes.none) {
      throw brokerError(errorCode, `looking for the coordinator of the group ${groupId}`)
    }
    this.#nodes.set(nodeId, { host, port })
    return this.node(nodeId)
  }

  /** The ids of all brokers. @throws as `request` */
  async nodes(): Promise<readonly number[]> {
    return (await this.#learn([])).brokers.map(({ nodeId }) => nodeId)
  }

  /** All topics, by name. @throws as `request` */
  async topics(): Promise<readonly TopicMetadata[]> {
    const { topics } = await this.#learn(null)
    return topics.map(topicMetadata).sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  /**
   * One topic, once each of its partitions has a leader. `atLeast`: it is known to have so many
   * partitions, and a broker that knows of fewer, or none, has yet to hear of them.
   *
   * @throws DuramenError `ERR_NOT_FOUND`, `ERR_INVALID_TOPIC`, `ERR_BROKER`, and as `request`
   */
  topic(name: string, atLeast = 0): Promise<TopicMetadata> {
    return retrying(() => this.#topic(name, atLeast), { signal: this.#stop.signal })
  }

  async #topic(name: string, atLeast: number): Promise<TopicMetadata> {
    const { topics } = await this.#learn([name])
    const found = topics.find((topic) => topic.name === name)
    const errorCode = found?.errorCode ?? errorCodes.unknownTopicOrPartition
    if (errorCode === errorCodes.unknownTopicOrPartition && atLeast === 0)
      throw await this.#noTopic(name)
    if (found === undefined || errorCode !== errorCodes.none)
      throw brokerError(errorCode, `topic ${name}`)
    const homeless = found.partitions.find(({ leaderId }) => !this.#nodes.has(leaderId))
    if (homeless !== undefined || found.partitions.length < atLeast) {
      const which = homeless?.partitionIndex ?? found.partitions.length
      throw brokerError(errorCodes.leaderNotAvailable, `partition ${which} of ${name}`)
    }
    return topicMetadata(found)
  }

  async #noTopic(name: string): Promise<DuramenError> {
    const names = (await this.topics())
      .filter(({ isInternal }) => !isInternal)
      .map((one) => one.name)
    return notThere(name, names)
  }

  /** The leader of a partition, as some broker knows it now. @throws as `topic` */
  async leaderOf(name: string, partition: number): Promise<number> {
    const { partitions } = await this.#topic(name, 1)
    const found = partitions.find((one) => one.partition === partition)
    if (found !== undefined) return found.leader
    throw brokerError(errorCodes.unknownTopicOrPartition, `partition ${partition} of ${name}`)
  }

  async #learn(names: readonly string[] | null): Promise<ResponseOf<typeof apis.metadata>> {
    const topics = names?.map((name) => ({ name })) ?? null
    const body = { topics, allowAutoTopicCreation: false }
    const connection = await this.any()
    const metadata = await connection.request(apis.metadata, body)
    this.#nodes.clear()
    for (const { nodeId, host, port } of metadata.brokers) this.#nodes.set(nodeId, { host, port })
    this.#controllerId = metadata.controllerId
    return metadata
  }

  /** The connection to a broker, by its id. @throws DuramenError `ERR_CONNECTION` */
  async node(id: number): Promise<ClientConnection> {
    const address = this.#nodes.get(id)
    if (address !== undefined) return this.#connect(address)
    throw new DuramenError('ERR_CONNECTION', `the cluster has no broker ${id}; try again`)
  }

  /** To a broker that is known, or else to one of those to begin with. @throws as `request` */
  async any(): Promise<ClientConnection> {
    let failure: unknown
    for (const address of [...this.#nodes.values(), ...this.#bootstrap]) {
      try {
        return await this.#connect(address)
      } catch (error) {
        failure = error
      }
    }
    // Who never was there will not be in a moment.
    if (this.#nodes.size === 0) Object.assign(failure as object, { retriable: false })
    throw failure
  }

  #connect(address: Address): Promise<ClientConnection> {
    const key = shownAddress(address)
    const known = this.#connections.get(key)
    if (known !== undefined) return known
    const { signal } = this.#stop
    const forget = () => {
      if (this.#connections.get(key) === opening) this.#connections.delete(key)
    }
    const opening = ClientConnection.open(address, this.#options, signal, () => forget())
    this.#connections.set(key, opening)
    opening.catch(forget)
    return opening
  }

  /** What is under way fails with `ERR_CONNECTION`. */
  async close(): Promise<void> {
    this.#stop.abort()
    const all = await Promise.allSettled(this.#connections.values())
    for (const one of all) if (one.status === 'fulfilled') one.value.close()
  }
}

const mostShown = 10

function notThere(name: string, names: readonly string[]): DuramenError {
  const more = names.length > mostShown ? ` and ${names.length - mostShown} more` : ''
  const hint =
    names.length === 0
      ? 'there are none'
      : `there are ${names.slice(0, mostShown).join(', ')}${more}`
  return new DuramenError('ERR_NOT_FOUND', `there is no topic ${name}; ${hint}`)
}
