import type { BrokerOptions } from '../broker/index.js'
import { settingsOf } from '../broker/settings.js'
import { checkedOptions, type Option, shown } from '../config/option.js'
import type { TopicConfigInput } from '../config/topic-config.js'
import type { OpenOptions } from '../engine.js'
import { DuramenError } from '../errors.js'
import type { Storage } from './directory.js'

/** A topic to be made: its name, or more of it. */
export type TestTopic =
  | string
  | {
      readonly name: string
      /** Default 1, or what `num.partitions` says. */
      readonly partitions?: number
      /** By Kafka's names, or in camel case. */
      readonly config?: TopicConfigInput
    }

export interface TestBrokerOptions {
  /** Default 0: one that is free. */
  readonly port?: number
  /** Topics that there are from the start, and after `reset()`. */
  readonly topics?: readonly TestTopic[]
  /** Make a topic that is missing when a client asks for it. Default true. */
  readonly autoCreateTopics?: boolean
  /** Settings by the names of Kafka's `server.properties`. */
  readonly config?: { readonly [name: string]: string | number | boolean }
  /**
   * Default `'disk'`: in the system's temporary directory, and nothing waits for the device. `'memory'`
   * is below /dev/shm, which a container may limit to 64 MB; where there is none, it is as `'disk'`.
   */
  readonly storage?: Storage
}

const table = {
  port: { default: 0, bounds: [0, 65_535], meaning: 'Port on 127.0.0.1.' } as Option<number>,
  autoCreateTopics: { default: true, meaning: 'Whether clients make topics.' } as Option<boolean>,
  storage: {
    default: 'disk',
    choices: ['disk', 'memory'],
    meaning: 'Where the files are.',
  } as Option<Storage>,
}

/** What Kafka has otherwise: nobody waits for members that do not come, or for 50 partitions. */
const quick = { 'group.initial.rebalance.delay.ms': '0', 'offsets.topic.num.partitions': '1' }

/** What a test broker is started with. */
export interface TestSetup {
  readonly topics: readonly TestTopic[]
  readonly storage: Storage
  readonly engine: OpenOptions
  readonly broker: BrokerOptions
}

/** @throws DuramenError `ERR_INVALID_OPTION` */
export function testSetup(options: TestBrokerOptions): TestSetup {
  const { topics = [], config = {}, ...others } = options
  checkNames(options)
  checkTopics(topics)
  checkConfig(config)
  const { port, autoCreateTopics, storage } = checkedOptions(table, others)
  const given = Object.entries(config).map(([name, value]) => [name, String(value)] as const)
  const settings = settingsOf(new Map([...Object.entries(quick), ...given]))
  return {
    topics,
    storage,
    engine: { flush: 'os', autoCreateTopics, ...settings.engine },
    broker: { autoCreateTopics, ...settings.broker, listeners: `127.0.0.1:${port}` },
  }
}

/** Of a text each letter would be a topic. @throws DuramenError `ERR_INVALID_OPTION` */
export function checkTopics(topics: readonly TestTopic[]): void {
  if (Array.isArray(topics)) return
  throw invalid(`topics is ${shown(topics)}; it must be a list, such as ['clicks']`)
}

function checkConfig(config: TestBrokerOptions['config']): void {
  if (typeof config === 'object' && config !== null && !Array.isArray(config)) return
  throw invalid(`config is ${shown(config)}; it must be an object of names and values`)
}

/** Before the table alone is asked, which would name only its own. */
function checkNames(options: TestBrokerOptions): void {
  const names = ['port', 'topics', 'autoCreateTopics', 'config', 'storage']
  const unknown = Object.keys(options).find((name) => !names.includes(name))
  if (unknown !== undefined) {
    throw invalid(`there is no option ${unknown}; there are ${names.join(', ')}`)
  }
}

function invalid(message: string): DuramenError {
  return new DuramenError('ERR_INVALID_OPTION', message)
}
