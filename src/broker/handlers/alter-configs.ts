import { kafkaConfig } from '../../config/topic-config.js'
import { apis } from '../../protocol/index.js'
import type { TopicChanges } from '../../topic/index.js'
import { handler } from '../handler.js'
import { alterResources, checkValues } from './alter-resources.js'

/** What is given takes the place of all that was: who left something out has it back at its default. */
export const alterConfigsHandler = handler(apis.alterConfigs, (request, _call, host) =>
  alterResources(request, replacing, host),
)

function replacing(
  configs: readonly { readonly name: string; readonly value: string | null }[],
): TopicChanges {
  checkValues(configs)
  const given = Object.fromEntries(configs.map(({ name, value }) => [name, value]))
  return ({ config }) => {
    const withoutAny = Object.keys(kafkaConfig(config)).map((name) => [name, null])
    return { ...Object.fromEntries(withoutAny), ...given }
  }
}
