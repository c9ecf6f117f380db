import type { Option } from '../../config/option.js'
import { optionText } from '../../config/option-text.js'
import { configSources, configTypes } from './config-numbers.js'

/** A value, by what name it was given, and where. */
export interface ConfigSynonym {
  /** Kafka's. */
  readonly name: string
  readonly value: string
  readonly source: number
}

/** A configuration as clients are told of it. */
export interface DescribedConfig extends ConfigSynonym {
  /** The value that counts, then those that would if it were not there; the default is the last. */
  readonly synonyms: readonly ConfigSynonym[]
  readonly type: number
  readonly documentation: string
}

/**
 * @param name what it is asked for by
 * @param given values from where they are looked for first, without the default
 * @param defaultName what the default is a value of
 */
export function describedConfig(
  name: string,
  option: Option<unknown>,
  given: readonly ConfigSynonym[],
  defaultName = name,
): DescribedConfig {
  const byDefault = { name: defaultName, ...defaultOf(option) }
  const synonyms = [...given, byDefault]
  const [{ value, source }] = synonyms
  return { name, value, source, synonyms, type: typeOf(option), documentation: option.meaning }
}

function defaultOf(option: Option<unknown>) {
  return { value: optionText(option.default), source: configSources.default }
}

const int32Max = 2 ** 31 - 1

function typeOf({ default: value, bounds, fraction }: Option<unknown>): number {
  if (Array.isArray(value)) return configTypes.list
  if (typeof value === 'boolean') return configTypes.boolean
  if (typeof value !== 'number') return configTypes.string
  if (fraction) return configTypes.double
  return (bounds?.[1] ?? value) > int32Max ? configTypes.long : configTypes.int
}
