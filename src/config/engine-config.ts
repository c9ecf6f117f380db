import { type FlushPolicy, logOptions } from './log-options.js'
import type { Option, OptionValues } from './option.js'

/** The options of an engine; docs/configuration.md describes each. */
export const engineOptions = {
  flush: logOptions.flush as Option<FlushPolicy>,
  recovery: logOptions.recovery,
  checkCrcs: logOptions.checkCrcs,
  producerIdExpirationMs: logOptions.producerIdExpirationMs,
  create: {
    default: true,
    meaning: 'Make the data directory when it is missing.',
  } as Option<boolean>,
  autoCreateTopics: {
    kafka: 'auto.create.topics.enable',
    default: false,
    meaning: 'Make a topic that is missing when something is sent to it.',
  } as Option<boolean>,
  retentionCheckIntervalMs: {
    kafka: 'log.retention.check.interval.ms',
    default: 300_000,
    bounds: [0, 2 ** 31 - 1],
    meaning: 'How often segments are deleted that retention does not keep; 0: never.',
  } as Option<number>,
  numPartitions: {
    kafka: 'num.partitions',
    default: 1,
    bounds: [1, 100_000],
    meaning: 'Partitions of a topic that is made without saying how many.',
  } as Option<number>,
}

export type EngineOptions = OptionValues<typeof engineOptions>
