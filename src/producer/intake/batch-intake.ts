import type { TopicOverrides } from '../../config/topic-config.js'
import { DuramenError } from '../../errors.js'
import { type BatchRules, batchRules } from './batch-rules.js'
import { checkRecords } from './record-errors.js'
import { type SoundBatch, soundBatch } from './sound-batch.js'
import { type StoredBatch, storedBatch } from './stored-batch.js'

/** A batch that was checked, to be appended when its turn has come. */
export interface AcceptedBatch extends StoredBatch {
  /** The timestamp that its records have got, ms since the epoch; -1 where they keep their own. */
  readonly logAppendTimeMs: number
}

/** Takes batches that producers have made, as their topics' configurations say. */
export class BatchIntake {
  readonly #defaults: TopicOverrides
  /** By the overrides of a topic, which are never changed but replaced. */
  readonly #rules = new WeakMap<TopicOverrides, BatchRules>()

  /** @param defaults what topics have that do not say otherwise */
  constructor(defaults: TopicOverrides = {}) {
    this.#defaults = defaults
  }

  /**
   * Checks a batch and makes it what is to be stored; its bytes are the intake's from now on.
   *
   * @throws DuramenError `ERR_BATCH_TOO_LARGE`, `ERR_CORRUPT_BATCH`, `ERR_INVALID_BATCH`,
   * `ERR_INVALID_TIMESTAMP`, `ERR_UNSUPPORTED_CODEC`, `ERR_DECOMPRESSION_LIMIT`
   */
  async accept(bytes: Buffer, config: TopicOverrides): Promise<AcceptedBatch> {
    const rules = this.#rulesOf(config)
    if (bytes.length > rules.maxMessageBytes) throw tooLarge(bytes.length, rules.maxMessageBytes)
    const found = soundBatch(bytes)
    const batch = found instanceof Promise ? await found : found
    checkTimestampType(batch)
    const now = Date.now()
    checkRecords(batch, rules, now)
    const storing = storedBatch(batch, rules, now)
    const stored = storing instanceof Promise ? await storing : storing
    return { ...stored, logAppendTimeMs: rules.hasAppendTime ? now : -1 }
  }

  #rulesOf(config: TopicOverrides): BatchRules {
    const known = this.#rules.get(config)
    if (known !== undefined) return known
    const rules = batchRules({ ...this.#defaults, ...config })
    this.#rules.set(config, rules)
    return rules
  }
}

function checkTimestampType({ header }: SoundBatch): void {
  if (header.timestampType === 'CreateTime') return
  throw new DuramenError(
    'ERR_INVALID_TIMESTAMP',
    'the batch says that its timestamps are of the LogAppendTime type, which a producer cannot know',
  )
}

function tooLarge(bytes: number, limit: number): DuramenError {
  return new DuramenError(
    'ERR_BATCH_TOO_LARGE',
    `a batch of ${bytes} bytes is above the limit of ${limit}; ` +
      'send smaller batches or raise max.message.bytes',
  )
}
