import { DuramenError } from '../errors.js'
import { type FlushPolicy, type LogAlterations, logOptions } from './log-options.js'
import { checkedValue, type Option, type OptionValues } from './option.js'
import { optionText, parsedOption } from './option-text.js'

const int32Max = 2 ** 31 - 1
const day = 24 * 3600 * 1000

/** Stands for Kafka's largest long, by which it says never, or without a limit. */
const never = Number.MAX_SAFE_INTEGER

const { segmentBytes, segmentMs, segmentIndexBytes, indexIntervalBytes, maxMessageBytes } =
  logOptions

/** The configurations of a topic: Kafka 4.1's names, defaults and, but for those of logs, bounds. */
export const topicOptions = {
  cleanupPolicy: {
    kafka: 'cleanup.policy',
    default: ['delete'],
    choices: ['delete', 'compact'],
    meaning:
      "What becomes of old segments: 'delete' removes them as the retention options say; " +
      "'compact', to keep the last record of each key, is stored and not applied yet; none " +
      'keeps them all.',
  } as Option<readonly ('delete' | 'compact')[]>,
  compressionGzipLevel: {
    kafka: 'compression.gzip.level',
    default: -1,
    bounds: [-1, 9],
    meaning: 'Level of `compressionType` gzip; -1 is its default. Stored and not applied yet.',
  } as Option<number>,
  compressionLz4Level: {
    kafka: 'compression.lz4.level',
    default: 9,
    bounds: [1, 17],
    meaning: 'Level of `compressionType` lz4. Stored and not applied yet.',
  } as Option<number>,
  compressionType: {
    kafka: 'compression.type',
    default: 'producer',
    choices: ['producer', 'uncompressed', 'gzip', 'snappy', 'lz4', 'zstd'],
    meaning:
      "'producer' keeps every batch as it came; the others compress alike what the broker's clients " +
      'send. Producers in this process compress as their own options say.',
  } as Option<'producer' | 'uncompressed' | 'gzip' | 'snappy' | 'lz4' | 'zstd'>,
  compressionZstdLevel: {
    kafka: 'compression.zstd.level',
    default: 3,
    bounds: [-131_072, 22],
    meaning: 'Level of `compressionType` zstd. Stored and not applied yet.',
  } as Option<number>,
  deleteRetentionMs: {
    kafka: 'delete.retention.ms',
    default: day,
    bounds: [0, never],
    meaning: 'How long compaction keeps the mark that a key was deleted. Not applied yet.',
  } as Option<number>,
  fileDeleteDelayMs: {
    kafka: 'file.delete.delay.ms',
    default: 60_000,
    bounds: [0, never],
    meaning:
      'Stored for Kafka; files that are deleted go at once, and whoever is reading them keeps them.',
  } as Option<number>,
  flushMessages: {
    kafka: 'flush.messages',
    default: never,
    bounds: [1, never],
    meaning:
      "Where set, it takes the place of the engine's flush policy: 1 is 'sync'; more is a flush " +
      'at least once a second, or as often as `flushMs` says. Records are not counted.',
  } as Option<number>,
  flushMs: {
    kafka: 'flush.ms',
    default: never,
    bounds: [0, never],
    meaning:
      "Where set, it takes the place of the engine's flush policy: 0 is 'sync'; more is a flush " +
      'after at most so many milliseconds, and after a day.',
  } as Option<number>,
  indexIntervalBytes,
  maxCompactionLagMs: {
    kafka: 'max.compaction.lag.ms',
    default: never,
    bounds: [1, never],
    meaning: 'Longest time that a record may stay uncompacted. Not applied yet.',
  } as Option<number>,
  maxMessageBytes,
  messageTimestampAfterMaxMs: {
    kafka: 'message.timestamp.after.max.ms',
    default: 3_600_000,
    bounds: [0, never],
    meaning: 'How far a timestamp may lie ahead of the clock, in batches that the broker is sent.',
  } as Option<number>,
  messageTimestampBeforeMaxMs: {
    kafka: 'message.timestamp.before.max.ms',
    default: never,
    bounds: [0, never],
    meaning: 'How far a timestamp may lie behind the clock, in batches that the broker is sent.',
  } as Option<number>,
  messageTimestampType: {
    kafka: 'message.timestamp.type',
    default: 'CreateTime',
    choices: ['CreateTime', 'LogAppendTime'],
    meaning:
      "Whose timestamps records have: their producer's, or the log's. Applied to batches that the " +
      'broker is sent; producers in this process share its clock.',
  } as Option<'CreateTime' | 'LogAppendTime'>,
  minCleanableDirtyRatio: {
    kafka: 'min.cleanable.dirty.ratio',
    default: 0.5,
    bounds: [0, 1],
    fraction: true,
    meaning: 'Share of a log that must be uncompacted before it is compacted. Not applied yet.',
  } as Option<number>,
  minCompactionLagMs: {
    kafka: 'min.compaction.lag.ms',
    default: 0,
    bounds: [0, never],
    meaning: 'Shortest time that a record stays uncompacted. Not applied yet.',
  } as Option<number>,
  minInsyncReplicas: {
    kafka: 'min.insync.replicas',
    default: 1,
    bounds: [1, int32Max],
    meaning: 'Stored for Kafka; there is one replica, and it is in sync.',
  } as Option<number>,
  preallocate: {
    kafka: 'preallocate',
    default: false,
    meaning: 'Stored for Kafka; blocks are always allocated ahead.',
  } as Option<boolean>,
  retentionBytes: {
    kafka: 'retention.bytes',
    default: -1,
    bounds: [Number.MIN_SAFE_INTEGER, never],
    meaning: 'Size of a partition from which its oldest segments are removed; below 0: none.',
  } as Option<number>,
  retentionMs: {
    kafka: 'retention.ms',
    default: 7 * day,
    bounds: [-1, never],
    meaning: 'Age at which a segment is removed; -1: none.',
  } as Option<number>,
  segmentBytes,
  segmentIndexBytes,
  segmentJitterMs: {
    kafka: 'segment.jitter.ms',
    default: 0,
    bounds: [0, never],
    meaning: 'Most that is taken off `segmentMs` at random. Not applied yet.',
  } as Option<number>,
  segmentMs,
  uncleanLeaderElectionEnable: {
    kafka: 'unclean.leader.election.enable',
    default: false,
    meaning: 'Stored for Kafka; there is one replica, and it leads.',
  } as Option<boolean>,
}

export type TopicConfig = Readonly<OptionValues<typeof topicOptions>>

/** What a topic has that is not the default. */
export type TopicOverrides = Partial<TopicConfig>

/**
 * Configurations as people and clients give them: names in camel case or as Kafka has them, values
 * of their type or as text; null takes an override back.
 */
export type TopicConfigInput =
  | { readonly [Name in keyof TopicConfig]?: TopicConfig[Name] | string | null }
  | { readonly [name: string]: unknown }

/**
 * `changes` over what a topic had.
 *
 * @throws DuramenError `ERR_INVALID_OPTION` that names the configuration, the value and what is allowed
 */
export function changedOverrides(
  before: TopicOverrides,
  changes: TopicConfigInput,
): TopicOverrides {
  if (typeof changes !== 'object' || changes === null || Array.isArray(changes)) {
    throw refusal('the configuration is not an object of names and values')
  }
  const overrides: { [name: string]: unknown } = { ...before }
  const given = new Set<string>()
  for (const [spelling, value] of Object.entries(changes)) {
    if (value === undefined) continue
    const [name, option] = topicOption(spelling)
    if (given.has(name)) throw refusal(`${name} is given twice, as ${option.kafka} too; give one`)
    given.add(name)
    if (value === null) delete overrides[name]
    else overrides[name] = checkedValue(spelling, option, parsedOption(option, value))
  }
  checkTogether(overrides)
  return inTableOrder(overrides)
}

/** All configurations of a topic with these overrides. */
export function topicConfig(overrides: TopicOverrides): TopicConfig {
  const config: { [name: string]: unknown } = {}
  for (const [name, option] of Object.entries(topicOptions)) config[name] = option.default
  return { ...config, ...overrides } as TopicConfig
}

/** Overrides as Kafka writes them: dotted names, and values as text. */
export function kafkaConfig(overrides: TopicOverrides): { readonly [name: string]: string } {
  return Object.fromEntries(
    Object.entries(overrides).map(([spelling, value]) => {
      const [, option] = topicOption(spelling)
      return [option.kafka as string, optionText(value)]
    }),
  )
}

/** The options that make logs follow a topic's configuration, under the engine's flush policy. */
export function logOptionsOf(
  overrides: TopicOverrides,
  enginePolicy: FlushPolicy,
): Required<LogAlterations> {
  const config = topicConfig(overrides)
  return {
    flush: flushPolicyOf(overrides) ?? enginePolicy,
    indexIntervalBytes: config.indexIntervalBytes,
    maxMessageBytes: config.maxMessageBytes,
    segmentBytes: config.segmentBytes,
    segmentIndexBytes: config.segmentIndexBytes,
    segmentMs: config.segmentMs,
  }
}

const usualIntervalMs = 1000

/** Undefined where a topic leaves it to the engine. */
function flushPolicyOf({ flushMessages, flushMs }: TopicOverrides): FlushPolicy | undefined {
  if (flushMessages === undefined && flushMs === undefined) return undefined
  if (flushMessages === 1 || flushMs === 0) return 'sync'
  if (flushMs !== undefined && flushMs < never) return { intervalMs: Math.min(flushMs, day) }
  return (flushMessages ?? never) < never ? { intervalMs: usualIntervalMs } : 'os'
}

const spellings = new Map(
  Object.entries(topicOptions).flatMap(([name, option]) =>
    [name, option.kafka as string].map((spelling) => [spelling, name as keyof TopicConfig]),
  ),
)

/** By either of its names. @throws DuramenError `ERR_INVALID_OPTION` that lists them */
export function topicOption(spelling: string): [name: keyof TopicConfig, Option<unknown>] {
  const name = spellings.get(spelling)
  if (name !== undefined) return [name, topicOptions[name] as Option<unknown>]
  const names = Object.values(topicOptions).map(({ kafka }) => kafka)
  throw refusal(`topics have no configuration ${spelling}; there are ${names.join(', ')}`)
}

function checkTogether(overrides: TopicOverrides): void {
  const { minCompactionLagMs, maxCompactionLagMs } = topicConfig(overrides)
  if (minCompactionLagMs <= maxCompactionLagMs) return
  throw refusal(
    `min.compaction.lag.ms is ${minCompactionLagMs}; it must be at most max.compaction.lag.ms, ${maxCompactionLagMs}`,
  )
}

function inTableOrder(overrides: TopicOverrides): TopicOverrides {
  const names = Object.keys(topicOptions) as (keyof TopicConfig)[]
  return Object.fromEntries(
    names.filter((name) => name in overrides).map((name) => [name, overrides[name]]),
  )
}

function refusal(message: string): DuramenError {
  return new DuramenError('ERR_INVALID_OPTION', message)
}
