import type { Engine } from '../../engine.js'
import { apis, errorCodes, type RequestOf, type ResponseInput } from '../../protocol/index.js'
import { noUuid } from '../../topic/index.js'
import { Refusal, refusalOf } from '../error-code.js'
import { handler } from '../handler.js'
import { once } from './once.js'
import { topicOf } from './topic-of.js'

type Asked = RequestOf<typeof apis.deleteTopics>['topics'][number]
type Answer = ResponseInput<typeof apis.deleteTopics>['responses'][number]

const firstWithDisabled = 3

/** A topic is called by its name or, from version 6 on, its id. */
export const deleteTopicsHandler = handler(
  apis.deleteTopics,
  async (request, { version }, { engine, options }) => {
    const { topics, topicNames } = request
    if (!options.deleteTopics) {
      const { topicDeletionDisabled, invalidRequest } = errorCodes
      const code = version < firstWithDisabled ? invalidRequest : topicDeletionDisabled
      return apis.deleteTopics.refused(request, code)
    }
    const named = topicNames.map((name) => ({ name, topicId: noUuid }))
    const [single, repeated] = once([...topics, ...named], keyOf)
    const refused = repeated.map(
      (asked): Answer => ({
        ...asked,
        errorCode: errorCodes.invalidRequest,
        errorMessage: `Duplicate topic ${asked.name === null ? 'id' : 'name'}.`,
      }),
    )
    const answers = await Promise.all(single.map((asked) => answerTo(asked, engine)))
    return { responses: [...answers, ...refused] }
  },
)

function keyOf({ name, topicId }: Asked): string {
  return name === null ? `id ${topicId}` : `name ${name}`
}

async function answerTo(asked: Asked, engine: Engine): Promise<Answer> {
  try {
    const { name, id } = wanted(asked, engine)
    await engine.deleteTopic(name, id)
    return { name, topicId: id, errorCode: errorCodes.none }
  } catch (error) {
    return { ...asked, ...refusalOf(error) }
  }
}

function wanted({ name, topicId }: Asked, engine: Engine): { name: string; id: string } {
  if ((name === null) === (topicId === noUuid)) {
    throw new Refusal(errorCodes.invalidRequest, 'Give the name of a topic or its id.')
  }
  if (name !== null) return topicOf(engine, name)
  const topic = engine.findTopicById(topicId)
  if (topic !== undefined) return topic
  throw new Refusal(errorCodes.unknownTopicId, 'This server does not host this topic ID.')
}
