import type { Writable } from 'node:stream'
import { type NativeMemory, scratch } from '../binding.js'
import { DuramenError } from '../errors.js'
import {
  type AbortedTransaction,
  type Record,
  RecordCursor,
  type RecordCursorOptions,
} from '../record/index.js'

const nothing = Buffer.alloc(0)

/** Where a view stands in its log. */
export interface LogViewPlace {
  readonly topic: string
  readonly partition: number
  /** The offset that was asked for; records below it, which share its batch, are not iterated. */
  readonly fromOffset: number
  /** Base offset of the first batch. */
  readonly baseOffset: number
  /** Where to read on: one more than the last offset in the view. */
  readonly nextOffset: number
  /**
   * With read_committed, those that have offsets in the view: their records are in `bytes`, and are
   * not iterated. Absent where there are none.
   */
  readonly abortedTransactions?: readonly AbortedTransaction[] | undefined
}

/**
 * Whole record batches of a log, where they stand in memory: nothing is copied or decoded until it
 * is asked for. It keeps its piece of the file mapped, also when the log is closed or the segment
 * deleted, until it is released and no Buffer taken from it is referenced any more.
 */
export class LogView implements LogViewPlace, Iterable<Record> {
  readonly topic: string
  readonly partition: number
  readonly fromOffset: number
  readonly baseOffset: number
  readonly nextOffset: number
  readonly abortedTransactions: readonly AbortedTransaction[] | undefined
  /** Bytes of the batches; 0 at the end of the log. */
  readonly sizeInBytes: number
  #memory: NativeMemory
  #position: number
  #bytes: Buffer | undefined
  #released = false

  /** Views come from `PartitionLog.read` and `tail`. */
  constructor(memory: NativeMemory, position: number, sizeInBytes: number, place: LogViewPlace) {
    this.topic = place.topic
    this.partition = place.partition
    this.fromOffset = place.fromOffset
    this.baseOffset = place.baseOffset
    this.nextOffset = place.nextOffset
    this.abortedTransactions = place.abortedTransactions
    this.sizeInBytes = sizeInBytes
    this.#memory = memory
    this.#position = position
  }

  /** Whether it holds no batch: the read was at the end of what may be seen. */
  get isEmpty(): boolean {
    return this.sizeInBytes === 0
  }

  /**
   * The batches as they stand on disk and go over the wire. It may be written to: neither the file
   * nor a later read shows it, but views that were read before may share it; and `fs.read` into it
   * fails with `EFAULT`. Do not pass it to `postMessage` or `structuredClone`, which would copy all
   * that is mapped: pass `Buffer.from(view.bytes)`.
   *
   * @throws DuramenError `ERR_VIEW_RELEASED`
   */
  get bytes(): Buffer {
    this.#bytes ??= this.#open()
    return this.#bytes
  }

  #open(): Buffer {
    const memory = this.#memory
    if (this.#released) {
      throw new DuramenError(
        'ERR_VIEW_RELEASED',
        'the view has been released; read again, or keep the Buffers that were taken from it',
      )
    }
    if (memory === null) return nothing
    if (Buffer.isBuffer(memory)) return memory
    const all = memory.bytes()
    return all === undefined
      ? memory.copy(this.#position, this.sizeInBytes)
      : Buffer.from(all, this.#position, this.sizeInBytes)
  }

  /** Whether the bytes are the file's; false once someone else has cut the file short under them. */
  get valid(): boolean {
    return this.#memory === null || Buffer.isBuffer(this.#memory) || this.#memory.valid()
  }

  /**
   * A cursor over the records from `fromOffset` on: the fast way through a view.
   *
   * @throws DuramenError `ERR_VIEW_RELEASED`
   */
  cursor(options: RecordCursorOptions = {}): RecordCursor {
    const { topic, partition, fromOffset } = this
    const cursor = new RecordCursor(this.bytes, { topic, partition, fromOffset, ...options })
    cursor.abortedTransactions = this.abortedTransactions
    return cursor
  }

  /**
   * Fresh records, one after the other, from `fromOffset` on; control records, and those of
   * `abortedTransactions`, are left out.
   *
   * @throws DuramenError `ERR_VIEW_RELEASED`, and what `RecordCursor.next` throws
   */
  [Symbol.iterator](): Iterator<Record> {
    const cursor = this.cursor()
    return {
      next: () =>
        cursor.next()
          ? { done: false, value: cursor.toRecord() }
          : { done: true, value: undefined },
    }
  }

  /**
   * Writes the batches to a stream, and holds their memory until the stream has taken them.
   *
   * @throws what the stream's `write` reports
   */
  writeTo(stream: Writable): Promise<void> {
    const bytes = this.bytes
    if (typeof stream?.write !== 'function') {
      const message = 'the stream must be one that can be written to, with a write method'
      return Promise.reject(new DuramenError('ERR_INVALID_ARGUMENT', message))
    }
    return new Promise((resolve, reject) => {
      stream.write(bytes, (error) => (error ? reject(error) : resolve()))
    })
  }

  /**
   * Gives `head`, and at most so many bytes from `from` on, to a socket's descriptor, and `tail` where
   * that is all there are: how many bytes it took, 0 where it is full, -1 where that cannot be done and
   * `bytes` are to be written.
   *
   * @internal
   */
  sendTo(socket: number, head: Buffer, from: number, most: number, tail: Buffer): number {
    const memory = this.#memory
    if (memory === null || Buffer.isBuffer(memory)) return -1
    const rest = this.sizeInBytes - from
    const last = rest <= most ? tail : nothing
    return memory.send(socket, head, this.#position + from, Math.min(rest, most), last)
  }

  /**
   * `bytes`, where they are the file's.
   *
   * @internal
   * @throws DuramenError `ERR_VIEW_RELEASED`; `ERR_SEGMENT_LOST` where the file has been cut short
   */
  get validBytes(): Buffer {
    const { bytes } = this
    this.#checkValid()
    return bytes
  }

  /**
   * A Buffer of its own with some of the bytes.
   *
   * @internal
   * @throws what `validBytes` throws
   */
  copy(from: number, length: number): Buffer {
    const memory = this.#memory
    if (memory === null || Buffer.isBuffer(memory)) {
      return Buffer.from(this.bytes.subarray(from, from + length))
    }
    const copied = memory.copy(this.#position + from, length)
    this.#checkValid()
    return copied
  }

  #checkValid(): void {
    if (this.valid) return
    const where = `${this.topic}-${this.partition}`
    const message = `a segment of ${where} was cut short while it was read`
    throw new DuramenError('ERR_SEGMENT_LOST', message)
  }

  /** Lets go of the memory; Buffers that were taken stay valid. Further use throws. */
  release(): void {
    this.#released = true
    this.#memory = null
    this.#bytes = undefined
  }

  [Symbol.dispose](): void {
    this.release()
  }
}

/** The view that a call of the addon has found; `numbers` is the scratch array of that call. */
export function viewOf(
  memory: NativeMemory,
  numbers: Float64Array,
  asked: Pick<LogViewPlace, 'topic' | 'partition' | 'fromOffset'>,
  aborted?: (from: number, to: number) => Float64Array | null,
): LogView {
  const baseOffset = numbers[scratch.viewBaseOffset] as number
  const nextOffset = numbers[scratch.viewNextOffset] as number
  const position = numbers[scratch.viewPosition] as number
  const size = memory === null ? 0 : (numbers[scratch.viewLength] as number)
  const { topic, partition, fromOffset } = asked
  const abortedTransactions =
    size > 0 ? transactionsOf(aborted?.(baseOffset, nextOffset)) : undefined
  return new LogView(memory, position, size, {
    topic,
    partition,
    fromOffset,
    baseOffset,
    nextOffset,
    abortedTransactions,
  })
}

function transactionsOf(
  numbers: Float64Array | null | undefined,
): readonly AbortedTransaction[] | undefined {
  if (numbers === null || numbers === undefined) return undefined
  return Array.from({ length: numbers.length / 3 }, (_, i) => ({
    producerId: numbers[3 * i] as number,
    firstOffset: numbers[3 * i + 1] as number,
    lastOffset: numbers[3 * i + 2] as number,
  }))
}
