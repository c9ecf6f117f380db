import type { Engine } from '../../engine.js'
import { apis, errorCodes, type RequestOf, type ResponseInput } from '../../protocol/index.js'
import type { Topic } from '../../topic/index.js'
import { isInternalTopic, isTopicName } from '../../topic/topic-name.js'
import { noUuid } from '../../topic/uuid.js'
import { errorCodeOf } from '../error-code.js'
import { type Handler, type Host, handler } from '../handler.js'
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
  { engine, options, nodeId }: Host,
): Promise<readonly TopicMetadata[]> {
  const operations = request.includeTopicAuthorizedOperations ? topicOperations : notAsked
  const shown = { nodeId, operations }
  const { topics } = request
  if (topics === null || (version === 0 && topics.length === 0)) {
    return engine.topics().map((topic) => described(topic, engine, shown))
  }
  const ids = new Set(topics.map(({ topicId }) => topicId).filter((id) => id !== noUuid))
  if (ids.size > 0) return Array.from(ids, (id) => byId(engine, id, shown))
  const names = new Set(topics.map(({ name }) => name ?? ''))
  const isCreating = request.allowAutoTopicCreation && options.autoCreateTopics
  const missing = isCreating ? [...names].filter((name) => !engine.findTopic(name)) : []
  const refusals = await created(engine, missing)
  return Array.from(names, (name) => byName(engine, name, shown, refusals.get(name)))
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

function byId(engine: Engine, topicId: string, shown: Shown): TopicMetadata {
  const topic = engine.findTopicById(topicId)
  if (topic !== undefined) return described(topic, engine, shown)
  return { errorCode: errorCodes.unknownTopicId, name: null, topicId, partitions: [] }
}

function byName(engine: Engine, name: string, shown: Shown, refusal: unknown): TopicMetadata {
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
function described(
  { name, id, partitions }: Topic,
  engine: Engine,
  { nodeId, operations }: Shown,
): TopicMetadata {
  const nodes = [nodeId]
  return {
    errorCode: errorCodes.none,
    name,
    topicId: id,
    isInternal: isInternalTopic(name),
    partitions: Array.from({ length: partitions }, (_, partitionIndex) => ({
      errorCode: errorCodes.none,
      partitionIndex,
      leaderId: nodeId,
      // Of a log that is not open nobody has been told another.
      leaderEpoch: engine.openLog(name, partitionIndex)?.leaderEpoch ?? 0,
      replicaNodes: nodes,
      isrNodes: nodes,
      offlineReplicas: [],
    })),
    topicAuthorizedOperations: operations,
  }
}
