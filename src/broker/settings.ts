import { brokerOptions } from '../config/broker-config.js'
import { engineOptions } from '../config/engine-config.js'
import { groupOptions } from '../config/group-config.js'
import { nearest } from '../config/nearest.js'
import { checkedValue, type Option, type OptionTable } from '../config/option.js'
import { parsedOption } from '../config/option-text.js'
import { allTopicDefaultNames, topicDefaultsOf } from '../config/topic-defaults.js'
import { asksForSecurity, isUnserved } from '../config/unserved-settings.js'
import type { OpenOptions } from '../engine.js'
import { DuramenError } from '../errors.js'
import type { BrokerOptions } from './broker.js'
import { parseAdvertised, parseListeners } from './listeners.js'

/** What Kafka's settings of a broker come to here. */
export interface Settings {
  /** For `open`. */
  readonly engine: OpenOptions
  /** For `Broker.start`. */
  readonly broker: BrokerOptions
  /** Where `log.dirs` or `log.dir` says so. */
  readonly directory: string | undefined
  /** Names that Kafka has and that do nothing here. */
  readonly unserved: readonly string[]
}

const { default: defaultListeners } = brokerOptions.listeners

const tables: readonly OptionTable[] = [engineOptions, brokerOptions, groupOptions]

/** What is read here rather than by the tables. */
const others = [
  'broker.id',
  'controller.listener.names',
  'listener.security.protocol.map',
  'log.dir',
  'log.dirs',
]

/**
 * Reads settings by the names of Kafka's `server.properties`.
 *
 * @throws DuramenError `ERR_INVALID_OPTION` for a name that Kafka does not have either, a value that is
 * not allowed, and what asks for SSL, SASL or ACLs
 */
export function settingsOf(given: ReadonlyMap<string, string>): Settings {
  const own = new Set([...tables.flatMap(kafkaNames), ...allTopicDefaultNames(), ...others])
  const unserved = [...given.keys()].filter((name) => !own.has(name))
  const unknown = unserved.find((name) => !isUnserved(name))
  if (unknown !== undefined) throw unknownName(unknown, [...own])
  const secured = [...given].find(([name, value]) => asksForSecurity(name, value))
  if (secured !== undefined) throw noSecurity(secured[0])
  const settings = withoutControllers(given)
  checkListeners(settings)
  return {
    engine: {
      ...valuesOf(engineOptions, settings),
      groups: valuesOf(groupOptions, settings),
      topicDefaults: topicDefaultsOf(settings),
    },
    broker: { ...brokerId(settings), ...valuesOf(brokerOptions, settings) },
    directory: directoryOf(settings),
    unserved,
  }
}

function kafkaNames(table: OptionTable): string[] {
  return Object.values(table).flatMap(({ kafka }) => (kafka === undefined ? [] : [kafka]))
}

function valuesOf(table: OptionTable, settings: ReadonlyMap<string, string>): object {
  return Object.fromEntries(
    Object.entries(table).flatMap(([name, option]) => {
      const text = settings.get(option.kafka ?? '')
      return text === undefined ? [] : [[name, settingOf(option, text)]]
    }),
  )
}

function settingOf(option: Option<unknown>, text: string): unknown {
  return checkedValue(option.kafka as string, option, parsedOption(option, text))
}

/** The name of `node.id` before there was one. */
function brokerId(settings: ReadonlyMap<string, string>): BrokerOptions {
  const text = settings.get('broker.id')
  if (text === undefined) return {}
  const option = { ...brokerOptions.nodeId, kafka: 'broker.id' }
  return { nodeId: settingOf(option, text) as number }
}

/** Listeners of a controller, which Kafka's own example has, are for what there is not here. */
function withoutControllers(given: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const controllers = listOf(given.get('controller.listener.names'))
  const kept = new Map(given)
  for (const name of ['listeners', 'advertised.listeners']) {
    const ours = listOf(given.get(name)).filter(
      (one) => !controllers.includes(one.split('://')[0] ?? ''),
    )
    if (ours.length > 0) kept.set(name, ours.join(','))
    else kept.delete(name)
  }
  return kept
}

function checkListeners(settings: ReadonlyMap<string, string>): void {
  const listeners = parseListeners('listeners', settings.get('listeners') ?? defaultListeners)
  const advertised = 'advertised.listeners'
  parseAdvertised(advertised, settings.get(advertised) ?? '', listeners)
  for (const entry of listOf(settings.get('listener.security.protocol.map'))) {
    const [name, protocol] = entry.split(':')
    const isUsed = listeners.some((one) => one.name === name?.toUpperCase())
    if (isUsed && protocol?.toUpperCase() !== 'PLAINTEXT') {
      throw refused(
        `listener.security.protocol.map has '${entry}'; listeners are PLAINTEXT here, without SSL and SASL`,
      )
    }
  }
}

function directoryOf(settings: ReadonlyMap<string, string>): string | undefined {
  const directories = listOf(settings.get('log.dirs') ?? settings.get('log.dir'))
  if (directories.length > 1) {
    throw refused(
      `log.dirs names ${directories.length} directories; give one, all topics are in it`,
    )
  }
  return directories[0]
}

function listOf(text = ''): string[] {
  return text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '')
}

function noSecurity(name: string): DuramenError {
  return refused(
    `${name} is set, but there is no TLS, no SASL and no ACL here; leave it out, and listen only ` +
      'where everybody may read and write everything',
  )
}

function unknownName(name: string, known: readonly string[]): DuramenError {
  const meant = nearest(name, known)
  const hint = meant === undefined ? 'see docs/configuration.md' : `did you mean ${meant}?`
  return refused(`there is no setting ${name}; ${hint}`)
}

function refused(message: string): DuramenError {
  return new DuramenError('ERR_INVALID_OPTION', message)
}
