import type { Option } from '../../config/option.js'
import { optionText } from '../../config/option-text.js'
import { type TopicConfig, type TopicOverrides, topicOptions } from '../../config/topic-config.js'
import { topicDefaultNames } from '../../config/topic-defaults.js'
import type { Engine } from '../../engine.js'
import { configSources } from './config-numbers.js'
import { type ConfigSynonym, type DescribedConfig, describedConfig } from './described-config.js'

type Name = keyof TopicConfig

const names = Object.keys(topicOptions) as Name[]

/** Made once: a client may ask for all configurations of 10,000 topics, and nearly all are these. */
const byDefault = new Map(
  names.map((name) => {
    const option = topicOptions[name] as Option<unknown>
    const [{ kafka }] = topicDefaultNames[name]
    return [name, describedConfig(option.kafka as string, option, [], kafka)]
  }),
)

/** All of a topic with these overrides. */
export function topicConfigs({ topicDefaults }: Engine, own: TopicOverrides): DescribedConfig[] {
  return names.map((name) => {
    const option = topicOptions[name] as Option<unknown>
    const kafka = option.kafka as string
    const defaultName = topicDefaultNames[name][0].kafka
    const given = [
      ...valueIn(own, name, kafka, configSources.topic),
      ...valueIn(topicDefaults, name, defaultName, configSources.broker),
    ]
    if (given.length === 0) return byDefault.get(name) as DescribedConfig
    return describedConfig(kafka, option, given, defaultName)
  })
}

/** What topics have by default, as configurations of the broker. */
export function topicDefaultConfigs({ topicDefaults }: Engine): DescribedConfig[] {
  return names.map((name) => {
    const [{ kafka }] = topicDefaultNames[name]
    const given = valueIn(topicDefaults, name, kafka, configSources.broker)
    return describedConfig(kafka, topicOptions[name] as Option<unknown>, given)
  })
}

/** None, or one. */
function valueIn(
  values: TopicOverrides,
  name: Name,
  kafka: string,
  source: number,
): ConfigSynonym[] {
  const value = values[name]
  return value === undefined ? [] : [{ name: kafka, value: optionText(value), source }]
}
