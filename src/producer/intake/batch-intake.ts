import { availableParallelism } from 'node:os'
import { setImmediate as turn } from 'node:timers/promises'
import { giveBack } from '../../compression/index.js'
import type { TopicOverrides } from '../../config/topic-config.js'
import { DuramenError } from '../../errors.js'
import { Limit } from '../../limit.js'
import { attributesAt, batchHeaderSize, codecMask } from '../../record/layout.js'
import { after, type Soon } from '../../soon.js'
import { type BatchRules, batchRules } from './batch-rules.js'
import { checkRecords } from './record-errors.js'
import { mostAtOnce, mostDecompressed, type SoundBatch, soundBatch } from './sound-batch.js'
import { type StoredBatch, storedBatch } from './stored-batch.js'
import { tooLarge } from './too-large.js'

/** What is decompressed on the event loop before others have their turn: some 4 ms of work. */
const turnAfterBytes = 2 * 1024 * 1024

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
  /** Of batches whose codec changes: each is held decompressed, up to 128 MB, until it has the other. */
  readonly #changes = new Limit(Math.max(availableParallelism(), 2))
  #sinceTurn = 0
  /** Compressed batches that wait for a turn of the event loop; one at a time goes on. */
  readonly #late = new Limit(1)

  /** @param defaults what topics have that do not say otherwise */
  constructor(defaults: TopicOverrides = {}) {
    this.#defaults = defaults
  }

  /**
   * Checks a batch and makes it what is to be stored; its bytes are the intake's from now on.
   *
   * @throws DuramenError, or rejects with it: `ERR_BATCH_TOO_LARGE`, `ERR_CORRUPT_BATCH`,
   * `ERR_INVALID_BATCH`, `ERR_INVALID_TIMESTAMP`, `ERR_UNSUPPORTED_CODEC`, `ERR_DECOMPRESSION_LIMIT`
   */
  accept(bytes: Buffer, config: TopicOverrides): Soon<AcceptedBatch> {
    const rules = this.#rulesOf(config)
    if (bytes.length > rules.maxMessageBytes) throw tooLarge(bytes.length, rules.maxMessageBytes)
    if (rules.codec === undefined) return this.#accept(bytes, rules)
    return this.#changes.run(async () => this.#accept(bytes, rules))
  }

  #accept(bytes: Buffer, rules: BatchRules): Soon<AcceptedBatch> {
    const isLate = this.#sinceTurn >= turnAfterBytes && isCompressed(bytes)
    const found = isLate
      ? this.#late.run(() => this.#afterTurn(bytes, rules)).then(({ found }) => found)
      : this.#sound(bytes, rules)
    return after(found, (batch) => this.#stored(batch, rules))
  }

  #stored(batch: SoundBatch, rules: BatchRules): Soon<AcceptedBatch> {
    checkTimestampType(batch)
    const now = Date.now()
    checkRecords(batch, rules, now)
    return after(storedBatch(batch, rules, now), ({ bytes, isChanged }) => {
      if (batch.header.codecId !== 0) giveBack(batch.records)
      return { bytes, isChanged, logAppendTimeMs: rules.hasAppendTime ? now : -1 }
    })
  }

  async #afterTurn(bytes: Buffer, rules: BatchRules) {
    if (this.#sinceTurn >= turnAfterBytes) {
      await turn()
      this.#sinceTurn = 0
    }
    return { found: this.#sound(bytes, rules) }
  }

  #sound(bytes: Buffer, rules: BatchRules): Soon<SoundBatch> {
    // What fails, or goes on to the thread pool, may have cost as much before.
    let cost = mostAtOnce
    try {
      const found = soundBatch(bytes, mostOf(rules))
      if (!(found instanceof Promise)) cost = found.header.codecId === 0 ? 0 : found.records.length
      else if (rules.codec === 'none') return found.catch((fault) => asTooLarge(fault, rules))
      return found
    } catch (fault) {
      return asTooLarge(fault, rules)
    } finally {
      this.#sinceTurn += cost
    }
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

function isCompressed(bytes: Buffer): boolean {
  return bytes.length >= batchHeaderSize && (bytes.readInt16BE(attributesAt) & codecMask) !== 0
}

/** What is stored uncompressed has to fit its topic as it is. */
function mostOf({ codec, maxMessageBytes }: BatchRules): number {
  if (codec !== 'none') return mostDecompressed
  return Math.min(Math.max(maxMessageBytes - batchHeaderSize, 0), mostDecompressed)
}

function asTooLarge(fault: unknown, { codec, maxMessageBytes }: BatchRules): never {
  const isLimit = fault instanceof DuramenError && fault.code === 'ERR_DECOMPRESSION_LIMIT'
  if (!isLimit || codec !== 'none' || maxMessageBytes > mostDecompressed) throw fault
  throw tooLarge(`more than ${maxMessageBytes}`, maxMessageBytes)
}
