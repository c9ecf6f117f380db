import { parsedOption } from '../../config/option-text.js'
import {
  type TopicConfig,
  type TopicOverrides,
  topicConfig,
  topicOption,
} from '../../config/topic-config.js'
import { apis, errorCodes, type RequestOf } from '../../protocol/index.js'
import type { TopicChanges } from '../../topic/index.js'
import { Refusal } from '../error-code.js'
import { handler } from '../handler.js'
import { alterResources, checkValues } from './alter-resources.js'
import { alterOperations } from './config-numbers.js'

type Request = RequestOf<typeof apis.incrementalAlterConfigs>
type Config = Request['resources'][number]['configs'][number]

/** What is not given stays. */
export const incrementalAlterConfigsHandler = handler(
  apis.incrementalAlterConfigs,
  (request, _call, host) =>
    alterResources(request, (configs) => changing(configs, host.engine.topicDefaults), host),
)

function changing(configs: readonly Config[], defaults: TopicOverrides): TopicChanges {
  checkValues(configs.filter((one) => one.configOperation !== alterOperations.delete))
  return (topic) => {
    const before = topicConfig({ ...defaults, ...topic.config })
    return Object.fromEntries(configs.map((one) => [one.name, changed(one, before)]))
  }
}

function changed({ name, configOperation, value }: Config, before: TopicConfig): unknown {
  switch (configOperation) {
    case alterOperations.set:
      return value
    case alterOperations.delete:
      return null
    case alterOperations.append: {
      const [there, elements] = lists(name, value, before)
      return [...there, ...elements]
    }
    case alterOperations.subtract: {
      const [there, elements] = lists(name, value, before)
      return there.filter((element) => !elements.includes(element))
    }
    default:
      throw new Refusal(
        errorCodes.invalidRequest,
        `Unknown operation ${configOperation} on ${name}`,
      )
  }
}

/** What the topic has, be it by default, and what is given. */
function lists(name: string, value: string | null, before: TopicConfig): [unknown[], unknown[]] {
  const [camel, option] = topicOption(name)
  const there: unknown = before[camel]
  if (Array.isArray(there)) return [there, parsedOption(option, value) as unknown[]]
  throw new Refusal(
    errorCodes.invalidConfig,
    `${name} is no list, so nothing is added to it or taken away`,
  )
}
