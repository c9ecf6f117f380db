import { checkedValue, type Option } from './option.js'
import { parsedOption } from './option-text.js'
import { type TopicConfig, type TopicOverrides, topicOptions } from './topic-config.js'

/** What a broker calls its default of a topic's configuration. */
interface DefaultName {
  readonly kafka: string
  /** Where it is in hours or minutes: how many milliseconds they have. */
  readonly milliseconds?: number
}

const minutes = (kafka: string): DefaultName => ({ kafka, milliseconds: 60_000 })
const hours = (kafka: string): DefaultName => ({ kafka, milliseconds: 3_600_000 })
const name = (kafka: string): DefaultName => ({ kafka })

/** As in Kafka's `ServerTopicConfigSynonyms`: of several names the first that is given counts. */
export const topicDefaultNames: Readonly<Record<keyof TopicConfig, readonly DefaultName[]>> = {
  cleanupPolicy: [name('log.cleanup.policy')],
  compressionGzipLevel: [name('compression.gzip.level')],
  compressionLz4Level: [name('compression.lz4.level')],
  compressionType: [name('compression.type')],
  compressionZstdLevel: [name('compression.zstd.level')],
  deleteRetentionMs: [name('log.cleaner.delete.retention.ms')],
  fileDeleteDelayMs: [name('log.segment.delete.delay.ms')],
  flushMessages: [name('log.flush.interval.messages')],
  flushMs: [name('log.flush.interval.ms')],
  indexIntervalBytes: [name('log.index.interval.bytes')],
  maxCompactionLagMs: [name('log.cleaner.max.compaction.lag.ms')],
  maxMessageBytes: [name('message.max.bytes')],
  messageTimestampAfterMaxMs: [name('log.message.timestamp.after.max.ms')],
  messageTimestampBeforeMaxMs: [name('log.message.timestamp.before.max.ms')],
  messageTimestampType: [name('log.message.timestamp.type')],
  minCleanableDirtyRatio: [name('log.cleaner.min.cleanable.ratio')],
  minCompactionLagMs: [name('log.cleaner.min.compaction.lag.ms')],
  minInsyncReplicas: [name('min.insync.replicas')],
  preallocate: [name('log.preallocate')],
  retentionBytes: [name('log.retention.bytes')],
  retentionMs: [
    name('log.retention.ms'),
    minutes('log.retention.minutes'),
    hours('log.retention.hours'),
  ],
  segmentBytes: [name('log.segment.bytes')],
  segmentIndexBytes: [name('log.index.size.max.bytes')],
  segmentJitterMs: [name('log.roll.jitter.ms'), hours('log.roll.jitter.hours')],
  segmentMs: [name('log.roll.ms'), hours('log.roll.hours')],
  uncleanLeaderElectionEnable: [name('unclean.leader.election.enable')],
}

/** All of these names. */
export function allTopicDefaultNames(): string[] {
  return Object.values(topicDefaultNames).flatMap((names) => names.map(({ kafka }) => kafka))
}

/**
 * The topic configurations that a broker's settings, by Kafka's names and as text, are defaults of;
 * what else stands there is left alone.
 *
 * @throws DuramenError `ERR_INVALID_OPTION` that names the setting
 */
export function topicDefaultsOf(settings: ReadonlyMap<string, string>): TopicOverrides {
  const defaults: { [name: string]: unknown } = {}
  for (const [config, names] of Object.entries(topicDefaultNames)) {
    const option = topicOptions[config as keyof TopicConfig] as Option<unknown>
    // The later ones first, so that the earlier take their place; all are checked.
    for (const one of names.toReversed()) {
      const value = settings.get(one.kafka)
      if (value !== undefined) defaults[config] = checkedDefault(one, option, value)
    }
  }
  return defaults
}

function checkedDefault(
  { kafka, milliseconds }: DefaultName,
  option: Option<unknown>,
  value: string,
): unknown {
  const given = parsedOption(option, value)
  // Below 0 each unit says: never.
  const isTime = milliseconds !== undefined && typeof given === 'number' && given > 0
  return checkedValue(kafka, option, isTime ? given * milliseconds : given)
}
