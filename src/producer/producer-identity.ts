import { DuramenError } from '../errors.js'
import type { Appended } from '../log/index.js'
import { sequenceAfter } from '../record/batch-header.js'
import type { BatchBuilder } from '../record/index.js'

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

  /** The sequence of a partition begins anew, in an epoch that the partition has not seen. */
  nextEpoch(partition: string): number {
    const epoch = (this.#epochs.get(partition) ?? -1) + 1
    this.#epochs.set(partition, epoch)
    return epoch
  }
}

/** Numbers the records that go to one partition, so that the log knows each batch again. */
export class PartitionSequence {
  readonly #identity: ProducerIdentity
  readonly #partition: string
  #epoch: number
  #next = 0

  /** @param partition its name: whoever goes on there later begins a new epoch */
  constructor(identity: ProducerIdentity, partition: string) {
    this.#identity = identity
    this.#partition = partition
    this.#epoch = identity.nextEpoch(partition)
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
      this.#epoch = this.#identity.nextEpoch(this.#partition)
      this.#next = 0
      this.#stamp(builder)
      return append()
    }
  }

  #stamp(builder: BatchBuilder): void {
    builder.stamp(this.#identity.checkedId, this.#epoch, this.#next)
  }
}
