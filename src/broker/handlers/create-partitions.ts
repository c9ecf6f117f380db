import { apis, errorCodes, type RequestOf, type ResponseInput } from '../../protocol/index.js'
import { Refusal, refusalOf } from '../error-code.js'
import { type Host, handler } from '../handler.js'
import { checkBrokers } from './assignments.js'
import { once } from './once.js'
import { topicOf } from './topic-of.js'

type Asked = RequestOf<typeof apis.createPartitions>['topics'][number]
type Answer = ResponseInput<typeof apis.createPartitions>['results'][number]

export const createPartitionsHandler = handler(
  apis.createPartitions,
  async ({ topics, validateOnly }, _call, host) => {
    const [single, repeated] = once(topics, ({ name }) => name)
    const { invalidRequest: errorCode } = errorCodes
    const refused = repeated.map(
      ({ name }): Answer => ({
        name,
        errorCode,
        errorMessage: 'Duplicate topic name.',
      }),
    )
    const answers = single.map((asked) => answerTo(asked, validateOnly, host))
    return { results: [...(await Promise.all(answers)), ...refused] }
  },
)

async function answerTo(asked: Asked, validateOnly: boolean, host: Host): Promise<Answer> {
  const { name, count } = asked
  try {
    checkAssignments(asked, host)
    await host.engine.addPartitions(name, count, { validateOnly })
    return { name, errorCode: errorCodes.none }
  } catch (error) {
    return { name, ...refusalOf(error) }
  }
}

/** There is one for each partition that is added. */
function checkAssignments({ name, count, assignments }: Asked, { engine, nodeId }: Host): void {
  const more = count - topicOf(engine, name).partitions
  // Too few are refused as such.
  if (assignments === null || more <= 0) return
  if (assignments.length !== more) {
    throw new Refusal(
      errorCodes.invalidReplicaAssignment,
      `${more} partitions are added, and ${assignments.length} assigned; assign each, or none.`,
    )
  }
  for (const { brokerIds } of assignments) checkBrokers(brokerIds, nodeId)
}
