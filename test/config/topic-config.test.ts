import { describe, expect, it } from 'vitest'
import { logOptions } from '../../src/config/log-options.js'
import {
  changedOverrides,
  kafkaConfig,
  logOptionsOf,
  type TopicConfigInput,
  topicConfig,
  topicOptions,
} from '../../src/config/topic-config.js'
import { faultOf } from '../support/logs.js'

const of = (given: TopicConfigInput) => changedOverrides({}, given)

// As `LogConfig` of Apache Kafka 4.1.0 prints them; its largest long stands as 'never'.
const kafkaDefaults = {
  'cleanup.policy': ['delete'],
  'compression.gzip.level': -1,
  'compression.lz4.level': 9,
  'compression.type': 'producer',
  'compression.zstd.level': 3,
  'delete.retention.ms': 86_400_000,
  'file.delete.delay.ms': 60_000,
  'flush.messages': 'never',
  'flush.ms': 'never',
  'index.interval.bytes': 4096,
  'max.compaction.lag.ms': 'never',
  'max.message.bytes': 1_048_588,
  'message.timestamp.after.max.ms': 3_600_000,
  'message.timestamp.before.max.ms': 'never',
  'message.timestamp.type': 'CreateTime',
  'min.cleanable.dirty.ratio': 0.5,
  'min.compaction.lag.ms': 0,
  'min.insync.replicas': 1,
  preallocate: false,
  'retention.bytes': -1,
  'retention.ms': 604_800_000,
  'segment.bytes': 1_073_741_824,
  'segment.index.bytes': 10_485_760,
  'segment.jitter.ms': 0,
  'segment.ms': 604_800_000,
  'unclean.leader.election.enable': false,
}

describe('the configurations of a topic', () => {
  it("have Kafka's names and defaults, in the order of the names", () => {
    const never = (value: unknown) => (value === Number.MAX_SAFE_INTEGER ? 'never' : value)
    const ours = Object.values(topicOptions).map((option) => [option.kafka, never(option.default)])
    expect(Object.fromEntries(ours)).toEqual(kafkaDefaults)
    expect(ours.map(([name]) => name)).toEqual(Object.keys(kafkaDefaults))
  })

  it('are called in camel case what Kafka calls them in dots', () => {
    for (const [name, { kafka }] of Object.entries(topicOptions)) {
      expect(kafka?.replace(/\.(.)/g, (_, letter) => letter.toUpperCase())).toBe(name)
    }
  })

  it('are those of a log where a log has them', () => {
    const shared = Object.entries(topicOptions).filter(([name]) => name in logOptions)
    expect(shared.length).toBe(5)
    for (const [name, option] of shared) {
      expect(option).toBe(logOptions[name as keyof typeof logOptions])
    }
  })
})

describe('a configuration is taken', () => {
  it.each<[TopicConfigInput, object]>([
    [{ retentionMs: 5 }, { retentionMs: 5 }],
    [{ 'retention.ms': '5' }, { retentionMs: 5 }],
    [{ 'retention.ms': 5 }, { retentionMs: 5 }],
    [{ retentionMs: ' +5 ' }, { retentionMs: 5 }],
    [{ 'retention.ms': '-1' }, { retentionMs: -1 }],
    [{ 'retention.bytes': '-7' }, { retentionBytes: -7 }],
    [{ 'flush.ms': '9223372036854775807' }, { flushMs: Number.MAX_SAFE_INTEGER }],
    [{ 'retention.bytes': '-9223372036854775807' }, { retentionBytes: Number.MIN_SAFE_INTEGER }],
    [{ preallocate: 'TRUE' }, { preallocate: true }],
    [{ preallocate: false }, { preallocate: false }],
    [{ 'min.cleanable.dirty.ratio': '1e-1' }, { minCleanableDirtyRatio: 0.1 }],
    [{ 'min.cleanable.dirty.ratio': '.5' }, { minCleanableDirtyRatio: 0.5 }],
    [{ 'cleanup.policy': 'compact ,delete' }, { cleanupPolicy: ['compact', 'delete'] }],
    [{ 'cleanup.policy': '' }, { cleanupPolicy: [] }],
    [{ cleanupPolicy: ['delete', 'delete'] }, { cleanupPolicy: ['delete'] }],
    [{ 'compression.type': 'zstd' }, { compressionType: 'zstd' }],
    [{ retentionMs: undefined }, {}],
  ])('%j', (given, overrides) => {
    expect(of(given)).toEqual(overrides)
  })

  it('and the others stay as they were, until null takes one back', () => {
    const before = of({ retentionMs: 5, segmentBytes: 4096 })
    expect(changedOverrides(before, { 'retention.ms': null, flushMs: 1 })).toEqual({
      flushMs: 1,
      segmentBytes: 4096,
    })
    expect(before).toEqual({ retentionMs: 5, segmentBytes: 4096 })
  })
})

describe('a configuration is refused that', () => {
  it.each<[string, TopicConfigInput, RegExp]>([
    ['does not exist', { 'retention.hours': '1' }, /no configuration retention.hours; there are /],
    ['is no own property', { toString: '1' }, /no configuration toString/],
    ['is a fraction', { 'retention.ms': '5.0' }, /retention.ms is '5.0'; it must be a whole/],
    ['is in other digits', { 'retention.ms': '0x10' }, /retention.ms is '0x10'/],
    ['is empty', { 'retention.ms': '' }, /retention.ms is ''/],
    ['is below its bound', { retentionMs: -2 }, /retentionMs is -2; it must be .* from -1 to/],
    ['is above a long', { 'flush.ms': '9223372036854775808' }, /flush.ms is '9223372036854775808'/],
    ['is no boolean', { preallocate: 'yes' }, /preallocate is 'yes'; it must be a boolean/],
    ['is no ratio', { minCleanableDirtyRatio: 1.5 }, /must be a number from 0 to 1/],
    ['is not a number', { minCleanableDirtyRatio: Number.NaN }, /is NaN; it must be a number/],
    ['is no choice', { 'compression.type': 'GZIP' }, /must be one of 'producer', 'uncompressed'/],
    ['is no list', { 'cleanup.policy': 'delete,' }, /must be a list of 'delete', 'compact'/],
    ['is given twice', { retentionMs: 1, 'retention.ms': '1' }, /retentionMs is given twice/],
    ['contradicts another', { 'min.compaction.lag.ms': 9, maxCompactionLagMs: 8 }, /at most max/],
    ['is no object', 'retention.ms=1' as never, /is not an object/],
  ])('%s', async (_, given, message) => {
    const fault = await faultOf(() => of(given))
    expect(fault).toMatchObject({ code: 'ERR_INVALID_OPTION', kafkaCode: 40 })
    expect(fault?.message).toMatch(message)
  })
})

describe('the logs of a topic', () => {
  it("follow its configuration, and the engine's flush policy", () => {
    const options = logOptionsOf(of({ 'segment.bytes': '4096' }), 'os')
    expect(options).toEqual({
      flush: 'os',
      indexIntervalBytes: 4096,
      maxMessageBytes: 1_048_588,
      segmentBytes: 4096,
      segmentIndexBytes: 10_485_760,
      segmentMs: 604_800_000,
    })
  })

  it.each([
    [{ 'flush.messages': '1' }, 'sync'],
    [{ 'flush.ms': '0' }, 'sync'],
    [{ 'flush.messages': '10000' }, { intervalMs: 1000 }],
    [{ 'flush.ms': '50' }, { intervalMs: 50 }],
    [{ 'flush.messages': '10000', 'flush.ms': '50' }, { intervalMs: 50 }],
    [{ 'flush.messages': '1', 'flush.ms': '50' }, 'sync'],
    [{ 'flush.ms': '9000000000' }, { intervalMs: 86_400_000 }],
    [{ 'flush.ms': '9223372036854775807' }, 'os'],
  ])('flush with %j as %j, whatever the engine does', (given, policy) => {
    for (const engine of ['sync', 'os', { bytes: 1, intervalMs: 0 }] as const) {
      expect(logOptionsOf(of(given), engine).flush).toEqual(policy)
    }
  })
})

describe('overrides', () => {
  it('are told as Kafka writes them', () => {
    const given = {
      'cleanup.policy': 'compact,delete',
      'flush.ms': '9223372036854775807',
      'min.cleanable.dirty.ratio': '0.25',
      preallocate: 'true',
    }
    expect(kafkaConfig(of(given))).toEqual(given)
  })

  it('stand over the defaults', () => {
    const config = topicConfig(of({ retentionMs: 5 }))
    expect(config).toMatchObject({ retentionMs: 5, segmentMs: 604_800_000 })
    expect(Object.keys(config).sort()).toEqual(Object.keys(topicOptions).sort())
  })
})
