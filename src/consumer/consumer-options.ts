import type { Option, OptionValues } from '../config/option.js'

const int32Max = 2 ** 31 - 1
const mebibyte = 1024 * 1024

/** Where a partition begins that has no committed offset, or whose position is not there any more. */
export type OffsetReset = 'earliest' | 'latest' | 'none'

/** The options of a consumer; docs/configuration.md describes each. */
export const consumerOptions = {
  groupId: {
    kafka: 'group.id',
    default: '',
    meaning: 'The group whose members share the partitions; without one, partitions are assigned.',
  } as Option<string>,
  groupInstanceId: {
    kafka: 'group.instance.id',
    default: '',
    meaning: 'A name that a member keeps when it starts again, within the session timeout.',
  } as Option<string>,
  clientId: {
    kafka: 'client.id',
    default: 'duramen',
    meaning: 'What the member id begins with.',
  } as Option<string>,
  autoOffsetReset: {
    kafka: 'auto.offset.reset',
    default: 'latest',
    choices: ['earliest', 'latest', 'none'],
    meaning:
      'Where to begin without a committed offset, or when the position is out of range; none: an error.',
  } as Option<OffsetReset>,
  enableAutoCommit: {
    kafka: 'enable.auto.commit',
    default: true,
    meaning: 'With a group: commit positions every `autoCommitIntervalMs`, and when closing.',
  } as Option<boolean>,
  autoCommitIntervalMs: {
    kafka: 'auto.commit.interval.ms',
    default: 5000,
    bounds: [0, int32Max],
    meaning: 'How often positions are committed.',
  } as Option<number>,
  maxPollRecords: {
    kafka: 'max.poll.records',
    default: 500,
    bounds: [1, int32Max],
    meaning: 'Most records that one `poll` gives.',
  } as Option<number>,
  fetchMaxBytes: {
    kafka: 'max.partition.fetch.bytes',
    default: mebibyte,
    bounds: [1, int32Max],
    meaning: 'Bytes of batches that are read at a time from one partition; one batch at least.',
  } as Option<number>,
  assignors: {
    kafka: 'partition.assignment.strategy',
    default: ['range', 'cooperative-sticky'],
    choices: ['range', 'roundrobin', 'sticky', 'cooperative-sticky'],
    meaning: 'How a group divides its partitions; of these the first that all its members know.',
  } as Option<readonly string[]>,
  sessionTimeoutMs: {
    kafka: 'session.timeout.ms',
    default: 45_000,
    bounds: [1, int32Max],
    meaning: 'A member that is silent for so long has left the group.',
  } as Option<number>,
  heartbeatIntervalMs: {
    kafka: 'heartbeat.interval.ms',
    default: 3000,
    bounds: [1, int32Max],
    meaning: 'How often a member says that it is there.',
  } as Option<number>,
  maxPollIntervalMs: {
    kafka: 'max.poll.interval.ms',
    default: 300_000,
    bounds: [1, int32Max],
    meaning: 'A member that asks for no records for so long leaves the group.',
  } as Option<number>,
  copy: {
    default: false,
    meaning: 'Give records in memory of their own, which pins no part of the log.',
  } as Option<boolean>,
}

export type ConsumerOptions = OptionValues<typeof consumerOptions>
