import { functionOnly, type Option, type OptionValues } from '../config/option.js'
import type { IsolationLevel } from '../log/index.js'
import type { Deserializer } from './deserializer.js'
import { durationOf, type OffsetReset } from './offset-reset.js'

const int32Max = 2 ** 31 - 1
const mebibyte = 1024 * 1024

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
    made: ["'by_duration:PT1H', { durationMs }", durationOf],
    meaning:
      'Where to begin without a committed offset, or when the position is out of range. A duration: ' +
      'at the first record that is no older, or at the end; none: an error.',
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
  fetchMinBytes: {
    kafka: 'fetch.min.bytes',
    default: 1,
    bounds: [1, int32Max],
    meaning:
      'Once everything is read: bytes of batches, of all partitions, that have to come together ' +
      'before any of them is given.',
  } as Option<number>,
  fetchMaxWaitMs: {
    kafka: 'fetch.max.wait.ms',
    default: 500,
    bounds: [0, int32Max],
    meaning: 'How long records wait for `fetchMinBytes` to come together, at most.',
  } as Option<number>,
  maxPartitionFetchBytes: {
    kafka: 'max.partition.fetch.bytes',
    default: mebibyte,
    bounds: [1, int32Max],
    meaning: 'Bytes of batches that are read at a time from one partition; one batch at least.',
  } as Option<number>,
  fetchMaxBytes: {
    kafka: 'fetch.max.bytes',
    default: 50 * mebibyte,
    bounds: [1, int32Max],
    meaning:
      'The same from all partitions. They are read one after the other, so the lower of both holds.',
  } as Option<number>,
  isolationLevel: {
    kafka: 'isolation.level',
    default: 'read_uncommitted',
    choices: ['read_uncommitted', 'read_committed'],
    meaning:
      'With read_committed, records of transactions that were aborted or are open are left out; what ' +
      'stands behind an open one waits for its end.',
  } as Option<IsolationLevel>,
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
  keyDeserializer: {
    kafka: 'key.deserializer',
    default: undefined,
    choices: [],
    made: ['a function', functionOnly],
    meaning:
      'Makes of the bytes of a key what the application works with: (bytes, topic, headers) => key. ' +
      'A key that is null stays null.',
  } as Option<Deserializer<unknown> | undefined>,
  valueDeserializer: {
    kafka: 'value.deserializer',
    default: undefined,
    choices: [],
    made: ['a function', functionOnly],
    meaning: 'The same for values.',
  } as Option<Deserializer<unknown> | undefined>,
  copy: {
    default: false,
    meaning: 'Give records in memory of their own, which pins no part of the log.',
  } as Option<boolean>,
}

type Checked = OptionValues<typeof consumerOptions>

/** The deserializers say what the records of the consumer hold. */
export interface ConsumerOptions<K = Buffer, V = Buffer>
  extends Omit<Checked, 'keyDeserializer' | 'valueDeserializer'> {
  keyDeserializer: Deserializer<K> | undefined
  valueDeserializer: Deserializer<V> | undefined
}
