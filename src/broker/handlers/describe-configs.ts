import { setImmediate } from 'node:timers/promises'
import { apis, errorCodes, type RequestOf, type ResponseInput } from '../../protocol/index.js'
import { checkTopicName } from '../../topic/topic-name.js'
import { Refusal, refusalOf } from '../error-code.js'
import { type Host, handler } from '../handler.js'
import { brokerConfigs } from './broker-configs.js'
import { resourceTypes } from './config-numbers.js'
import { checkBrokerName, unknownResource } from './config-resources.js'
import type { DescribedConfig } from './described-config.js'
import { topicConfigs } from './topic-configs.js'
import { topicOf } from './topic-of.js'

type Request = RequestOf<typeof apis.describeConfigs>
type Asked = Request['resources'][number]
type Answer = ResponseInput<typeof apis.describeConfigs>['results'][number]

/** So many are described in some 2 ms; then others have their turn. */
const atATime = 100

export const describeConfigsHandler = handler(
  apis.describeConfigs,
  async (request, _call, host) => {
    const results: Answer[] = []
    // As Kafka does, each once; an answer is large, and a request for it small.
    const resources = request.resources.map((one) => [keyOf(one), one] as const)
    for (const asked of new Map(resources).values()) {
      results.push(answerTo(asked, request, host))
      if (results.length % atATime === 0) await setImmediate()
    }
    return { results }
  },
)

function keyOf({ resourceType, resourceName }: Asked): string {
  return `${resourceType} ${resourceName}`
}

function answerTo(asked: Asked, request: Request, host: Host): Answer {
  const { resourceType, resourceName, configurationKeys: keys } = asked
  try {
    const all = configsOf(asked, host)
    // No keys at all, as an empty list of them, means every one.
    const wanted = keys?.length ? all.filter(({ name }) => keys.includes(name)) : all
    const configs = wanted.map((config) => entryOf(config, resourceType, request))
    return { errorCode: errorCodes.none, errorMessage: '', resourceType, resourceName, configs }
  } catch (error) {
    return { ...refusalOf(error), resourceType, resourceName, configs: [] }
  }
}

function configsOf({ resourceType, resourceName }: Asked, host: Host): DescribedConfig[] {
  switch (resourceType) {
    case resourceTypes.topic:
      checkTopicName(resourceName)
      return topicConfigs(host.engine, topicOf(host.engine, resourceName).config)
    case resourceTypes.broker:
      checkBrokerName(resourceName, host)
      // Defaults for all brokers of a cluster are set while it runs: here there are none.
      return resourceName === '' ? [] : brokerConfigs(host)
    case resourceTypes.brokerLogger:
      if (resourceName === '') {
        throw new Refusal(errorCodes.invalidRequest, 'Broker id must not be empty')
      }
      checkBrokerName(resourceName, host)
      return []
    default:
      throw unknownResource(resourceType)
  }
}

function entryOf(
  { name, value, source, synonyms, type, documentation }: DescribedConfig,
  resourceType: number,
  { includeSynonyms, includeDocumentation }: Request,
): Answer['configs'][number] {
  return {
    name,
    value,
    readOnly: resourceType !== resourceTypes.topic,
    configSource: source,
    isSensitive: false,
    synonyms: includeSynonyms ? synonyms : [],
    configType: type,
    documentation: includeDocumentation ? documentation : null,
  }
}
