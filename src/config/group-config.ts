import type { Option, OptionValues } from './option.js'

const int32Max = 2 ** 31 - 1

/** The options of a group coordinator, as docs/configuration.md has them. */
export const groupOptions = {
  groupMinSessionTimeoutMs: {
    kafka: 'group.min.session.timeout.ms',
    default: 6000,
    bounds: [1, int32Max],
    meaning: 'Shortest session timeout that a member may ask for.',
  } as Option<number>,
  groupMaxSessionTimeoutMs: {
    kafka: 'group.max.session.timeout.ms',
    default: 1_800_000,
    bounds: [1, int32Max],
    meaning: 'Longest session timeout that a member may ask for.',
  } as Option<number>,
  groupInitialRebalanceDelayMs: {
    kafka: 'group.initial.rebalance.delay.ms',
    default: 0,
    bounds: [0, int32Max],
    meaning:
      'How long a group without members waits for others when the first one joins. Kafka has 3000; ' +
      'members in one process have nothing to wait for.',
  } as Option<number>,
  groupMaxSize: {
    kafka: 'group.max.size',
    default: int32Max,
    bounds: [1, int32Max],
    meaning: 'Most members that a group may have.',
  } as Option<number>,
  offsetsTopicNumPartitions: {
    kafka: 'offsets.topic.num.partitions',
    default: 50,
    bounds: [1, int32Max],
    meaning: 'Partitions of `__consumer_offsets` when it is made; one that is there keeps its own.',
  } as Option<number>,
  offsetsRetentionMinutes: {
    kafka: 'offsets.retention.minutes',
    default: 7 * 24 * 60,
    bounds: [1, int32Max],
    meaning:
      'Minutes after which committed offsets expire: since the group lost its last member or, ' +
      'where there never was one, or nobody consumes the topic, since the commit.',
  } as Option<number>,
  offsetsRetentionCheckIntervalMs: {
    kafka: 'offsets.retention.check.interval.ms',
    default: 600_000,
    bounds: [1, int32Max],
    meaning: 'Milliseconds between two looks for offsets that have expired.',
  } as Option<number>,
  offsetMetadataMaxBytes: {
    kafka: 'offset.metadata.max.bytes',
    default: 4096,
    bounds: [0, int32Max],
    meaning: 'Longest metadata that an offset may be committed with.',
  } as Option<number>,
}

export type GroupOptions = OptionValues<typeof groupOptions>
