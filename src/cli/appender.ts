import { randomInt } from 'node:crypto'
import type { Appended } from '../log/index.js'
import { partitionOfKey } from '../topic/partitioners/murmur2.js'
import type { Lines } from './lines.js'
import type { ParsedRecord } from './record-lines.js'
import type { AppendablePartition } from './store/store.js'

/**
 * Appends batches to partitions in turn. Unless nobody waits for it, a batch is awaited; some are in
 * flight at a time, so that a flush covers several.
 */
export class Appender {
  records = 0
  batches = 0
  readonly #logs: readonly AppendablePartition[]
  readonly #mostInFlight: number
  readonly #inFlight = new Set<Promise<void>>()
  #turn: number
  #failure: unknown

  /** @param mostInFlight batches; Infinity to wait for none */
  constructor(logs: readonly AppendablePartition[], mostInFlight: number) {
    this.#logs = logs
    this.#mostInFlight = mostInFlight
    // Else many short commands would fill the first partition alone.
    this.#turn = randomInt(logs.length)
  }

  /** Where a record belongs: where it says, or by its key; undefined: to the next one in turn. */
  partitionOf({ record: { key }, partition }: ParsedRecord): number | undefined {
    // In one batch, and so in the order in which they came.
    if (this.#logs.length === 1) return undefined
    if (this.#logs.some((log) => log.partition === partition)) return partition
    if (key === undefined || key === null) return undefined
    const bytes = typeof key === 'string' ? key : bytesOf(key)
    return this.#logs[partitionOfKey(bytes, this.#logs.length)]?.partition
  }

  /**
   * `start` appends `count` records to the log that it is given: that of `partition`, or else the
   * next one in turn. Their bytes may change once it has returned.
   *
   * @throws what that append, or one before it, failed with
   */
  async append(
    start: (log: AppendablePartition) => Promise<Appended>,
    count: number,
    partition?: number,
  ): Promise<void> {
    this.#check()
    const settled = start(this.#logOf(partition))
      .then(
        () => {
          this.records += count
          this.batches++
        },
        (error) => {
          this.#failure ??= error
        },
      )
      .then(() => {
        this.#inFlight.delete(settled)
      })
    this.#inFlight.add(settled)
    for (const oldest of this.#inFlight) {
      if (this.#inFlight.size <= this.#mostInFlight) break
      await oldest
    }
    this.#check()
  }

  /** Appends lines as values, with `valueGap` bytes of delimiter between them. */
  appendLines({ bytes, from, to, lengths, count }: Lines, valueGap: number): Promise<void> {
    const columns = { values: bytes.subarray(from, to), valueLengths: lengths, valueGap, count }
    return this.append((log) => log.appendColumns(columns), count)
  }

  /** Resolves when all appends have. @throws what one of them failed with */
  async finish(): Promise<void> {
    await Promise.all(this.#inFlight)
    this.#check()
  }

  #logOf(partition: number | undefined): AppendablePartition {
    const asked = this.#logs.find((log) => log.partition === partition)
    return asked ?? this.#logs[this.#turn++ % this.#logs.length]
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}
