import type { Engine } from '../../engine.js'
import { apis, errorCodes, type RequestOf, type ResponseInput } from '../../protocol/index.js'
import type { Topic } from '../../topic/index.js'
import { isInternalTopic, isTopicName } from '../../topic/topic-name.js'
import { noUuid } from '../../topic/uuid.js'
import { errorCodeOf } from '../error-code.js'
import { type Handler, type Host, handler } from '../handler.js'
import { tellStorageFault } from '../storage-faults.js'
import { clusterOperations, notAsked, topicOperations } from './authorized-operations.js'

type Request = RequestOf<typeof apis.metadata>
type TopicMetadata = ResponseInput<typeof apis.metadata>['topics'][number]

/** What a client may be told of a topic, beside what it is. */
interface Shown {
  readonly nodeId: number
  readonly operations: number
}

/** Topics can be asked for by id since then; before, a client that tries has mistaken the version. */
const idsSince = 12

export const metadataHandler: Handler = handler(
  apis.metadata,
  async (request, { version, endpoint }, host) => {
    const { nodeId, clusterId } = host
    if (version < idsSince && request.topics?.some(isById)) {
      return apis.metadata.refused(request, errorCodes.invalidRequest)
    }
    return {
      brokers: [{ nodeId, host: endpoint.host, port: endpoint.port }],
      clusterId,
      controllerId: nodeId,
      topics: await topicsOf(request, version, host),
      clusterAuthorizedOperations: request.includeClusterAuthorizedOperations
        ? clusterOperations
        : notAsked,
    }
  },
) as Handler

function isById({ name, topicId }: { name: string | null; topicId: string }): boolean {
  return name === null || topicId !== noUuid
}

async function topicsOf(
  request: Request,
  version: number,
  { engine, options, nodeId, problems }: Host,
): Promise<readonly TopicMetadata[]> {
  const operations = request.includeTopicAuthorizedOperations ? topicOperations : notAsked
  const shown = { nodeId, operations }
  const { topics } = request
  if (topics === null || (version === 0 && topics.length === 0)) {
    return Promise.all(engine.topics().map((topic) => described(topic, engine, shown)))
  }
  const ids = new Set(topics.map(({ topicId }) => topicId).filter((id) => id !== noUuid))
  if (ids.size > 0) return Promise.all(Array.from(ids, (id) => byId(engine, id, shown)))
  const names = new Set(topics.map(({ name }) => name ?? ''))
  const isCreating = request.allowAutoTopicCreation && options.autoCreateTopics
  const missing = isCreating ? [...names].filter((name) => !engine.findTopic(name)) : []
  const refusals = await created(engine, missing)
  for (const [name, error] of refusals) tellStorageFault(error, name, problems)
  return Promise.all(Array.from(names, (name) => byName(engine, name, shown, refusals.get(name))))
}

/** Which of them could not be made, and why. All at once: then the catalog is written once. */
async function created(
  engine: Engine,
  names: readonly string[],
): Promise<ReadonlyMap<string, unknown>> {
  const refusals = new Map<string, unknown>()
  // An internal one is made by who needs it, with what it needs.
  const making = names
    .filter((name) => !isInternalTopic(name))
    .map((name) => engine.createTopic(name).catch((error) => refusals.set(name, error)))
  await Promise.all(making)
  return refusals
}

async function byId(engine: Engine, topicId: string, shown: Shown): Promise<TopicMetadata> {
  const topic = engine.findTopicById(topicId)
  if (topic !== undefined) return described(topic, engine, shown)
  return { errorCode: errorCodes.unknownTopicId, name: null, topicId, partitions: [] }
}

async function byName(
  engine: Engine,
  name: string,
  shown: Shown,
  refusal: unknown,
): Promise<TopicMetadata> {
  const topic = engine.findTopic(name)
  if (topic !== undefined) return described(topic, engine, shown)
  return {
    errorCode: refusal === undefined ? whyMissing(name) : errorCodeOf(refusal),
    name,
    topicId: noUuid,
    isInternal: isInternalTopic(name),
    partitions: [],
  }
}

function whyMissing(name: string): number {
  return isTopicName(name) ? errorCodes.unknownTopicOrPartition : errorCodes.invalidTopicException
}

/** This node has it all: it leads, and is its only replica. */
async function described(
  topic: Topic,
  engine: Engine,
  { nodeId, operations }: Shown,
): Promise<TopicMetadata> {
  const { name, id } = topic
  const nodes = [nodeId]
  // Not 0 for a log that is not open: its first fetch would be fenced.
  const leaderEpochs = await engine.leaderEpochs(topic)
  return {
    errorCode: errorCodes.none,
    name,
    topicId: id,
    isInternal: isInternalTopic(name),
    partitions: leaderEpochs.map((leaderEpoch, partitionIndex) => ({
      errorCode: errorCodes.none,
      partitionIndex,
      leaderId: nodeId,
      leaderEpoch,
      replicaNodes: nodes,
      isrNodes: nodes,
      offlineReplicas: [],
    })),
    topicAuthorizedOperations: operations,
  }
}
