import { brokerOptions } from '../../config/broker-config.js'
import { engineOptions } from '../../config/engine-config.js'
import { groupOptions } from '../../config/group-config.js'
import type { Option, OptionTable } from '../../config/option.js'
import { optionText } from '../../config/option-text.js'
import type { Host } from '../handler.js'
import { configSources } from './config-numbers.js'
import { type DescribedConfig, describedConfig } from './described-config.js'
import { topicDefaultConfigs } from './topic-configs.js'

/** What is settled here without an option, and tools ask for. */
const facts = {
  brokerId: { kafka: 'broker.id', default: -1, meaning: 'The same as `node.id`.' },
  logDirs: { kafka: 'log.dirs', default: '', meaning: 'The data directory.' },
  replicationFactor: {
    kafka: 'default.replication.factor',
    default: 1,
    meaning: 'Replicas of a topic that is made without saying how many.',
  },
  offsetsReplicationFactor: {
    kafka: 'offsets.topic.replication.factor',
    default: 1,
    meaning: 'Replicas of `__consumer_offsets`.',
  },
} as const satisfies OptionTable

type Values = { readonly [name: string]: unknown }

/** All that have a name in Kafka. */
export function brokerConfigs({ engine, nodeId, options }: Host): DescribedConfig[] {
  const known: Values = { brokerId: nodeId, logDirs: engine.directory }
  const all = [
    ...configsOf(brokerOptions, { ...options, nodeId }),
    ...configsOf(facts, known),
    ...configsOf(engineOptions, { ...engine.options }),
    ...configsOf(groupOptions, { ...engine.groupOptions }),
    ...topicDefaultConfigs(engine),
  ]
  // Of those that the engine has as well, the broker's counts for clients.
  const byName = new Map(all.toReversed().map((config) => [config.name, config]))
  return [...byName.values()].reverse()
}

function configsOf(table: OptionTable, values: Values): DescribedConfig[] {
  return Object.entries(table)
    .filter(([, { kafka }]) => kafka !== undefined)
    .map(([name, option]) => configOf(option, values[name] ?? option.default))
}

function configOf(option: Option<unknown>, value: unknown): DescribedConfig {
  const name = option.kafka as string
  const given =
    value === option.default
      ? []
      : [{ name, value: optionText(value), source: configSources.broker }]
  return describedConfig(name, option, given)
}
