import { apis, errorCodes, type RequestOf, type ResponseInput } from '../../protocol/index.js'
import { Refusal, refusalOf } from '../error-code.js'
import { type Host, handler } from '../handler.js'
import { tellStorageFault } from '../storage-faults.js'
import { checkBrokers } from './assignments.js'
import { once } from './once.js'
import { topicConfigs } from './topic-configs.js'

type Request = RequestOf<typeof apis.createTopics>
type Asked = Request['topics'][number]
type Answer = ResponseInput<typeof apis.createTopics>['topics'][number]

const {
  invalidConfig,
  invalidPartitions,
  invalidReplicaAssignment,
  invalidReplicationFactor,
  invalidRequest,
} = errorCodes

/** Every topic is made or refused by itself. */
export const createTopicsHandler = handler(
  apis.createTopics,
  async ({ topics, validateOnly }, _call, host) => {
    const [single, repeated] = once(topics, ({ name }) => name)
    const refusal = { errorCode: invalidRequest, errorMessage: 'Duplicate topic name.' }
    const answers = single.map((asked) => answerTo(asked, validateOnly, host))
    return {
      topics: [
        ...(await Promise.all(answers)),
        ...repeated.map(({ name }) => ({ name, ...refusal, configs: [] })),
      ],
    }
  },
)

async function answerTo(asked: Asked, validateOnly: boolean, host: Host): Promise<Answer> {
  try {
    return await create(asked, validateOnly, host)
  } catch (error) {
    tellStorageFault(error, asked.name, host.problems)
    return { name: asked.name, ...refusalOf(error), configs: [] }
  }
}

async function create(asked: Asked, validateOnly: boolean, host: Host): Promise<Answer> {
  const made = await host.engine.createTopic(asked.name, {
    partitions: partitionsOf(asked, host),
    config: configOf(asked),
    validateOnly,
  })
  return {
    name: made.name,
    topicId: made.id,
    errorCode: errorCodes.none,
    errorMessage: null,
    numPartitions: made.partitions,
    replicationFactor: 1,
    configs: topicConfigs(host.engine, made.config).map(({ name, value, source }) => ({
      name,
      value,
      readOnly: false,
      configSource: source,
      isSensitive: false,
    })),
  }
}

/** -1 stands for the default, as in the engine undefined does. */
function partitionsOf(asked: Asked, { nodeId }: Host): number | undefined {
  const { numPartitions, replicationFactor, assignments } = asked
  if (assignments.length > 0) return assignedPartitions(asked, nodeId)
  if (replicationFactor !== 1 && replicationFactor !== -1) {
    throw new Refusal(
      invalidReplicationFactor,
      `The replication factor is ${replicationFactor}; there is one broker, so give 1, or -1 for the default.`,
    )
  }
  if (numPartitions >= 1) return numPartitions
  if (numPartitions === -1) return undefined
  throw new Refusal(
    invalidPartitions,
    `The number of partitions is ${numPartitions}; give 1 or more, or -1 for the default.`,
  )
}

function assignedPartitions(asked: Asked, nodeId: number): number {
  const { numPartitions, replicationFactor, assignments } = asked
  if (numPartitions !== -1 || replicationFactor !== -1) {
    throw new Refusal(
      invalidRequest,
      'Partitions are assigned by hand, so give -1 for their number and for the replication factor.',
    )
  }
  const numbers = new Set(assignments.map(({ partitionIndex }) => partitionIndex))
  const isWhole = assignments.every((_, number) => numbers.has(number))
  if (!isWhole || numbers.size < assignments.length) {
    throw new Refusal(
      invalidReplicaAssignment,
      'The partitions that are assigned must be numbered from 0 without gaps, each once.',
    )
  }
  for (const { brokerIds } of assignments) checkBrokers(brokerIds, nodeId)
  return assignments.length
}

function configOf({ configs }: Asked): { readonly [name: string]: string | null } {
  const missing = configs.filter(({ value }) => value === null).map(({ name }) => name)
  if (missing.length === 0) return Object.fromEntries(configs.map((one) => [one.name, one.value]))
  throw new Refusal(
    invalidConfig,
    `Null value not supported for topic configs: ${missing.join(',')}`,
  )
}
