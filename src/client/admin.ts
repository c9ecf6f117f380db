import { apis, errorCodes, type RequestInput } from '../protocol/index.js'
import { noUuid } from '../topic/index.js'
import { brokerError } from './broker-error.js'
import type { ClusterClient } from './cluster-client.js'

export interface NewRemoteTopic {
  readonly partitions: number
  /** By Kafka's names. */
  readonly config: Readonly<Record<string, string>>
}

const timeoutMs = 30_000
/** From here on a broker chooses the number of replicas itself (KIP-464). */
const firstWithDefaults = 4

/** @throws DuramenError `ERR_TOPIC_EXISTS`, `ERR_INVALID_TOPIC`, and what else the broker says */
export async function createTopic(
  cluster: ClusterClient,
  name: string,
  { partitions, config }: NewRemoteTopic,
): Promise<void> {
  await cluster.onController(async (connection) => {
    const chooses = connection.versionOf(apis.createTopics) >= firstWithDefaults
    const topic = {
      name,
      numPartitions: partitions,
      replicationFactor: chooses ? -1 : 1,
      assignments: [],
      configs: Object.entries(config).map(([key, value]) => ({ name: key, value })),
    }
    const { topics } = await connection.request(
      apis.createTopics,
      { topics: [topic], timeoutMs },
      { waitMs: timeoutMs },
    )
    check(topics[0], `making the topic ${name}`)
  })
  await cluster.topic(name, partitions)
}

/** @throws DuramenError `ERR_NOT_FOUND`, and what else the broker says */
export function deleteTopic(cluster: ClusterClient, name: string): Promise<void> {
  const request = { topics: [{ name, topicId: noUuid }], topicNames: [name], timeoutMs }
  return cluster.onController(async (connection) => {
    const { responses } = await connection.request(apis.deleteTopics, request, {
      waitMs: timeoutMs,
    })
    check(responses[0], `deleting the topic ${name}`)
  })
}

/** @throws DuramenError `ERR_INVALID_PARTITIONS`, and what else the broker says */
export async function addPartitions(
  cluster: ClusterClient,
  name: string,
  count: number,
): Promise<void> {
  const request = { topics: [{ name, count, assignments: null }], timeoutMs, validateOnly: false }
  await cluster.onController(async (connection) => {
    const { results } = await connection.request(apis.createPartitions, request, {
      waitMs: timeoutMs,
    })
    check(results[0], `adding partitions to ${name}`)
  })
  await cluster.topic(name, count)
}

const topicResource = 2
/** A configuration of the topic itself, and no default. */
const topicSource = 1

/**
 * All configurations of topics by Kafka's names; with `onlyOwn` those that are no defaults.
 *
 * @throws DuramenError what the broker says
 */
export async function topicConfigs(
  cluster: ClusterClient,
  names: readonly string[],
  { onlyOwn }: { readonly onlyOwn: boolean },
): Promise<ReadonlyMap<string, Readonly<Record<string, string>>>> {
  if (names.length === 0) return new Map()
  const resources = names.map((resourceName) => ({
    resourceType: topicResource,
    resourceName,
    configurationKeys: null,
  }))
  const { results } = await cluster.request(apis.describeConfigs, { resources })
  return new Map(
    results.map((one) => {
      check(one, `asking for the configuration of ${one.resourceName}`)
      const own = one.configs.filter(({ configSource }) => !onlyOwn || configSource === topicSource)
      const config = Object.fromEntries(own.map(({ name, value }) => [name, value ?? '']))
      return [one.resourceName, config]
    }),
  )
}

/**
 * What the broker's own documentation says of a configuration of a topic; '' where it says nothing.
 *
 * @throws DuramenError what the broker says
 */
export async function configDocumentation(
  cluster: ClusterClient,
  topic: string,
  name: string,
): Promise<string> {
  const resource = {
    resourceType: topicResource,
    resourceName: topic,
    configurationKeys: [name],
  }
  const request = { resources: [resource], includeDocumentation: true }
  const { results } = await cluster.request(apis.describeConfigs, request)
  for (const one of results) check(one, `asking for the configuration of ${topic}`)
  return results[0]?.configs[0]?.documentation ?? ''
}

const operations = { set: 0, delete: 1 }

/**
 * Null sets a configuration back to its default; with `validateOnly` says whether it could be done.
 *
 * @throws DuramenError `ERR_INVALID_OPTION`, and what else the broker says
 */
export async function alterTopicConfig(
  cluster: ClusterClient,
  name: string,
  changes: Readonly<Record<string, string | null>>,
  { validateOnly = false }: { readonly validateOnly?: boolean } = {},
): Promise<void> {
  if (Object.keys(changes).length === 0) return
  const configs = Object.entries(changes).map(([key, value]) => ({
    name: key,
    configOperation: value === null ? operations.delete : operations.set,
    value,
  }))
  const resource = { resourceType: topicResource, resourceName: name, configs }
  await cluster.onController(async (connection) => {
    const request = { resources: [resource], validateOnly }
    const { responses } = await connection.request(apis.incrementalAlterConfigs, request)
    check(responses[0], `altering the topic ${name}`)
  })
}

/**
 * Bytes of a topic's partitions by number, of the largest replica; empty where the broker does not say.
 *
 * @throws DuramenError what the broker says
 */
export async function partitionSizes(
  cluster: ClusterClient,
  topic: string,
  partitions: readonly number[],
): Promise<ReadonlyMap<number, number>> {
  const sizes = new Map<number, number>()
  const request: RequestInput<typeof apis.describeLogDirs> = { topics: [{ topic, partitions }] }
  for (const id of await cluster.nodes()) {
    const connection = await cluster.node(id)
    if (!connection.serves(apis.describeLogDirs)) return new Map()
    const { results } = await connection.request(apis.describeLogDirs, request)
    for (const { partitionIndex, partitionSize } of results
      .flatMap(({ topics }) => topics)
      .filter(({ name }) => name === topic)
      .flatMap((found) => found.partitions)) {
      sizes.set(partitionIndex, Math.max(sizes.get(partitionIndex) ?? 0, partitionSize))
    }
  }
  return sizes
}

interface Result {
  readonly errorCode: number
  readonly errorMessage?: string | null
}

function check(result: Result | undefined, what: string): void {
  const { errorCode, errorMessage } = result ?? { errorCode: errorCodes.unknownServerError }
  if (errorCode !== errorCodes.none) throw brokerError(errorCode, what, errorMessage)
}
