import { DuramenError } from '../errors.js'
import type { Appended, PartitionLog } from '../log/index.js'
import { sequenceAfter } from '../record/batch-header.js'
import type { BatchBuilder } from '../record/index.js'

const lastEpoch = 2 ** 15 - 1

/** Under which id an idempotent producer sends. It is taken with the first batch. */
export class ProducerIdentity {
  readonly #take: () => Promise<number>
  #id: number | undefined
  #taking: Promise<void> | undefined
  #failure: unknown
  readonly #epochs = new Map<string, number>()

  constructor(take: () => Promise<number>) {
    this.#take = take
  }

  /** Undefined before the first batch. */
  get id(): number | undefined {
    return this.#id
  }

  /** Resolves when there is an id, or none could be taken: `checkedId` tells. */
  acquire(): Promise<void> {
    if (this.#id !== undefined) return Promise.resolve()
    this.#taking ??= this.#acquire().finally(() => {
      this.#taking = undefined
    })
    return this.#taking
  }

  async #acquire(): Promise<void> {
    try {
      this.#id = await this.#take()
    } catch (error) {
      this.#failure = error
    }
  }

  /** @throws what taking an id has failed with */
  get checkedId(): number {
    if (this.#id === undefined) throw this.#failure
    return this.#id
  }

  /**
   * The sequence of a partition begins anew, in an epoch that neither this producer has used there nor
   * the log has seen: ids come again with a file that is restored, and with logs from elsewhere.
   *
   * @throws DuramenError `ERR_INVALID_PRODUCER_EPOCH`
   */
  nextEpoch(log: PartitionLog): number {
    const partition = `${log.topic}-${log.partition}`
    const used = Math.max(this.#epochs.get(partition) ?? -1, log.producerEpoch(this.checkedId))
    if (used >= lastEpoch) {
      const message = `producer ${this.#id} has no epoch left for ${partition}; make another producer`
      throw new DuramenError('ERR_INVALID_PRODUCER_EPOCH', message)
    }
    this.#epochs.set(partition, used + 1)
    return used + 1
  }
}

/** Numbers the records that go to one partition, so that the log knows each batch again. */
export class PartitionSequence {
  readonly #identity: ProducerIdentity
  readonly #log: PartitionLog
  #epoch: number | undefined
  #next = 0

  constructor(identity: ProducerIdentity, log: PartitionLog) {
    this.#identity = identity
    this.#log = log
  }

  /**
   * Lets `append` append the finished batch of `count` records, which says who sent it. A batch that
   * is refused takes no number.
   *
   * @throws what `append` does
   */
  append<T extends Appended | Promise<Appended>>(
    builder: BatchBuilder,
    count: number,
    append: () => T,
  ): T {
    const appended = this.#inOrder(builder, append)
    this.#next = sequenceAfter(this.#next, count)
    return appended
  }

  #inOrder<T>(builder: BatchBuilder, append: () => T): T {
    try {
      this.#stamp(builder)
      return append()
    } catch (error) {
      if (!(error instanceof DuramenError) || error.code !== 'ERR_OUT_OF_ORDER_SEQUENCE')
        throw error
      // Somebody has cut the log below what was appended last. Nothing else is under way.
      this.#epoch = undefined
      this.#next = 0
      this.#stamp(builder)
      return append()
    }
  }

  #stamp(builder: BatchBuilder): void {
    this.#epoch ??= this.#identity.nextEpoch(this.#log)
    builder.stamp(this.#identity.checkedId, this.#epoch, this.#next)
  }
}
