import { DuramenError } from '../errors.js'
import {
  type AnyApi,
  apis,
  errorCodes,
  type RequestInput,
  type ResponseOf,
} from '../protocol/index.js'
import { brokerError } from './broker-error.js'
import {
  type Address,
  ClientConnection,
  type ClientOptions,
  shownAddress,
} from './client-connection.js'
import { retrying } from './retrying.js'

export interface PartitionMetadata {
  readonly partition: number
  /** Node id; -1 where there is none. */
  readonly leader: number
  readonly leaderEpoch: number
}

export interface TopicMetadata {
  readonly name: string
  readonly id: string
  readonly isInternal: boolean
  /** By number. */
  readonly partitions: readonly PartitionMetadata[]
}

const usual: ClientOptions = { clientId: 'duramen', timeoutMs: 30_000 }

/** A cluster of brokers that speak Kafka's protocol, as a client sees it. */
export class ClusterClient {
  readonly #bootstrap: readonly Address[]
  readonly #options: ClientOptions
  readonly #nodes = new Map<number, Address>()
  readonly #connections = new Map<string, Promise<ClientConnection>>()
  #controllerId = -1

  /** Nothing is connected until it is needed. */
  constructor(bootstrap: readonly Address[], options: Partial<ClientOptions> = {}) {
    this.#bootstrap = bootstrap
    this.#options = { ...usual, ...options }
  }

  /** The answer of any broker. @throws DuramenError `ERR_CONNECTION`, `ERR_UNSUPPORTED_VERSION` */
  async request<A extends AnyApi>(api: A, body: RequestInput<A>): Promise<ResponseOf<A>> {
    return (await this.#any()).request(api, body)
  }

  /** The answer of the broker that makes and deletes topics. @throws as `request` */
  async requestController<A extends AnyApi>(api: A, body: RequestInput<A>): Promise<ResponseOf<A>> {
    if (!this.#nodes.has(this.#controllerId)) await this.#learn([])
    return (await this.node(this.#controllerId)).request(api, body)
  }

  /** The answer of the broker that leads a group. @throws as `request`, `ERR_BROKER` */
  async requestCoordinator<A extends AnyApi>(
    groupId: string,
    api: A,
    body: RequestInput<A>,
  ): Promise<ResponseOf<A>> {
    const find = () => this.#findCoordinator(groupId)
    return (await retrying(find)).request(api, body)
  }

  async #findCoordinator(groupId: string): Promise<ClientConnection> {
    const found = await (await this.#any()).request(apis.findCoordinator, {
      key: groupId,
      keyType: 0,
      coordinatorKeys: [groupId],
    })
    const [one] = found.coordinators.length > 0 ? found.coordinators : [found]
    const { errorCode, nodeId, host, port } = one ?? found
    if (errorCode !== errorCodes.none)
      throw brokerError(errorCode, `looking for the coordinator of ${groupId}`)
    this.#nodes.set(nodeId, { host, port })
    return this.node(nodeId)
  }

  /** All topics. @throws as `request` */
  async topics(): Promise<readonly TopicMetadata[]> {
    const { topics } = await this.#learn(null)
    return topics.map(topicMetadata).sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  /**
   * One topic, once each of its partitions has a leader.
   *
   * @throws DuramenError `ERR_NOT_FOUND`, `ERR_INVALID_TOPIC`, `ERR_BROKER`, and as `request`
   */
  topic(name: string): Promise<TopicMetadata> {
    return retrying(async () => {
      const { topics } = await this.#learn([name])
      const found = topics.find((topic) => topic.name === name)
      if (found === undefined) throw brokerError(errorCodes.unknownTopicOrPartition, name)
      if (found.errorCode === errorCodes.unknownTopicOrPartition) {
        const known = (await this.topics()).filter(({ isInternal }) => !isInternal)
        const there = known.slice(0, 10).map((topic) => topic.name)
        const hint = there.length === 0 ? 'there are none' : `there are ${there.join(', ')}`
        throw new DuramenError('ERR_NOT_FOUND', `there is no topic ${name}; ${hint}`)
      }
      if (found.errorCode !== errorCodes.none) throw brokerError(found.errorCode, `topic ${name}`)
      const homeless = found.partitions.find(({ leaderId }) => !this.#nodes.has(leaderId))
      if (homeless === undefined) return topicMetadata(found)
      throw brokerError(
        errorCodes.leaderNotAvailable,
        `partition ${homeless.partitionIndex} of ${name}`,
      )
    })
  }

  async #learn(names: readonly string[] | null): Promise<ResponseOf<typeof apis.metadata>> {
    const connection = await this.#any()
    const topics = names?.map((name) => ({ name })) ?? null
    const body = { topics, allowAutoTopicCreation: false }
    const metadata = await connection.request(apis.metadata, body)
    for (const { nodeId, host, port } of metadata.brokers) this.#nodes.set(nodeId, { host, port })
    this.#controllerId = metadata.controllerId
    return metadata
  }

  /** The connection to a broker, by its id. @throws DuramenError `ERR_CONNECTION` */
  node(id: number): Promise<ClientConnection> {
    const address = this.#nodes.get(id)
    if (address !== undefined) return this.#connect(address)
    throw new DuramenError('ERR_CONNECTION', `the cluster has no broker ${id}; try again`)
  }

  /** To a broker that is known, or else to one of those to begin with. */
  async #any(): Promise<ClientConnection> {
    let failure: unknown
    for (const address of [...this.#nodes.values(), ...this.#bootstrap]) {
      try {
        return await this.#connect(address)
      } catch (error) {
        failure = error
      }
    }
    throw failure
  }

  async #connect(address: Address): Promise<ClientConnection> {
    const key = shownAddress(address)
    const known = await this.#connections.get(key)?.catch(() => undefined)
    if (known?.isOpen) return known
    const opening = ClientConnection.open(address, this.#options)
    this.#connections.set(key, opening)
    return opening
  }

  async close(): Promise<void> {
    const all = await Promise.allSettled(this.#connections.values())
    for (const one of all) if (one.status === 'fulfilled') one.value.close()
  }
}

type TopicInAnswer = ResponseOf<typeof apis.metadata>['topics'][number]

function topicMetadata({ name, topicId, isInternal, partitions }: TopicInAnswer): TopicMetadata {
  return {
    name: name ?? '',
    id: topicId,
    isInternal,
    partitions: partitions
      .map(({ partitionIndex, leaderId, leaderEpoch }) => ({
        partition: partitionIndex,
        leader: leaderId,
        leaderEpoch,
      }))
      .sort((a, b) => a.partition - b.partition),
  }
}
