import { errorCodes } from '../../protocol/index.js'
import type { TopicChanges } from '../../topic/index.js'
import { checkTopicName } from '../../topic/topic-name.js'
import { Refusal, refusalOf } from '../error-code.js'
import type { Host } from '../handler.js'
import { resourceTypes } from './config-numbers.js'
import { checkBrokerName, unknownResource } from './config-resources.js'
import { once } from './once.js'
import { topicOf } from './topic-of.js'

// What AlterConfigs and IncrementalAlterConfigs have in common.

interface Config {
  readonly name: string
}

interface Resource<C extends Config> {
  readonly resourceType: number
  readonly resourceName: string
  readonly configs: readonly C[]
}

interface Answer {
  readonly errorCode: number
  readonly errorMessage: string | null
  readonly resourceType: number
  readonly resourceName: string
}

/** Each resource is altered as a whole or refused, whatever becomes of the others. */
export async function alterResources<C extends Config>(
  { resources, validateOnly }: { resources: readonly Resource<C>[]; validateOnly: boolean },
  changesOf: (configs: readonly C[]) => TopicChanges,
  host: Host,
): Promise<{ readonly responses: readonly Answer[] }> {
  const keyOf = ({ resourceType, resourceName }: Resource<C>) => `${resourceType} ${resourceName}`
  const [single, repeated] = once(resources, keyOf)
  const answers = single.map(async (resource) => {
    try {
      const changes = changesOf(checkedConfigs(resource))
      await alter(resource, changes, validateOnly, host)
      return answerTo(resource, { errorCode: errorCodes.none, errorMessage: null })
    } catch (error) {
      return answerTo(resource, refusalOf(error))
    }
  })
  const refusal = refusalOf(invalid('Each resource must appear at most once.'))
  return {
    responses: [...(await Promise.all(answers)), ...repeated.map((one) => answerTo(one, refusal))],
  }
}

function answerTo(
  { resourceType, resourceName }: Resource<Config>,
  outcome: Pick<Answer, 'errorCode' | 'errorMessage'>,
): Answer {
  return { ...outcome, resourceType, resourceName }
}

function checkedConfigs<C extends Config>({ configs }: Resource<C>): readonly C[] {
  const [, [repeated]] = once(configs, ({ name }) => name)
  if (repeated === undefined) return configs
  throw invalid(`Error due to duplicate config keys: ${repeated.name}`)
}

/** @throws Refusal for values that are missing */
export function checkValues(configs: readonly { name: string; value: string | null }[]): void {
  const missing = configs.filter(({ value }) => value === null).map(({ name }) => name)
  if (missing.length > 0) throw invalid(`Null value not supported for : ${missing.join(',')}`)
}

async function alter(
  { resourceType, resourceName }: Resource<Config>,
  changes: TopicChanges,
  validateOnly: boolean,
  host: Host,
): Promise<void> {
  switch (resourceType) {
    case resourceTypes.topic:
      checkTopicName(resourceName)
      await host.engine.alterTopic(topicOf(host.engine, resourceName).name, changes, {
        validateOnly,
      })
      return
    case resourceTypes.broker:
      checkBrokerName(resourceName, host)
      throw invalid(
        'The configurations of the broker are fixed while it runs; start it again with others.',
      )
    case resourceTypes.brokerLogger:
      throw invalid('The broker has no loggers.')
    default:
      throw unknownResource(resourceType)
  }
}

function invalid(message: string): Refusal {
  return new Refusal(errorCodes.invalidRequest, message)
}
