import { kafkaConfig, type TopicOverrides, topicConfig } from '../../config/topic-config.js'
import { configSources } from './config-sources.js'

/** A configuration of a topic as clients are told of it. */
export interface ConfigValue {
  /** Kafka's. */
  readonly name: string
  readonly value: string
  readonly source: number
}

/** All of a topic with these overrides. */
export function topicConfigs(overrides: TopicOverrides): ConfigValue[] {
  const own = kafkaConfig(overrides)
  return Object.entries(kafkaConfig(topicConfig(overrides))).map(([name, value]) => ({
    name,
    value,
    source: Object.hasOwn(own, name) ? configSources.topic : configSources.default,
  }))
}
