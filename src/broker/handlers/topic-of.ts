import type { Engine } from '../../engine.js'
import { errorCodes } from '../../protocol/index.js'
import type { Topic } from '../../topic/index.js'
import { Refusal } from '../error-code.js'

/** Where it is missing the client is not told, as a program would be, which topics there are, and where. */
export function topicOf(engine: Engine, name: string): Topic {
  const topic = engine.findTopic(name)
  if (topic !== undefined) return topic
  throw new Refusal(errorCodes.unknownTopicOrPartition, `The topic '${name}' does not exist.`)
}
