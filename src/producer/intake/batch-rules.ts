import type { CodecName } from '../../compression/index.js'
import { type TopicOverrides, topicConfig } from '../../config/topic-config.js'

/** What a topic's configuration says of the batches that producers send. */
export interface BatchRules {
  readonly maxMessageBytes: number
  /** Undefined: they stay as they came. */
  readonly codec: CodecName | undefined
  /** Whether the log's clock counts, and not the producer's. */
  readonly hasAppendTime: boolean
  /** How far a timestamp may lie behind the clock, and ahead of it. */
  readonly timestampBeforeMaxMs: number
  readonly timestampAfterMaxMs: number
  /** Compaction could never drop a record without a key. */
  readonly needsKeys: boolean
}

export function batchRules(overrides: TopicOverrides): BatchRules {
  const config = topicConfig(overrides)
  return {
    maxMessageBytes: config.maxMessageBytes,
    codec: codecOf(config.compressionType),
    hasAppendTime: config.messageTimestampType === 'LogAppendTime',
    timestampBeforeMaxMs: config.messageTimestampBeforeMaxMs,
    timestampAfterMaxMs: config.messageTimestampAfterMaxMs,
    needsKeys: config.cleanupPolicy.includes('compact'),
  }
}

function codecOf(compressionType: CodecName | 'producer' | 'uncompressed'): CodecName | undefined {
  if (compressionType === 'producer') return undefined
  return compressionType === 'uncompressed' ? 'none' : compressionType
}
