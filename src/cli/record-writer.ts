import type { LogView } from '../log/index.js'
import { batches, type RecordBatch, type RecordCursor } from '../record/index.js'
import type { Format, RecordSource } from './format.js'
import type { Output } from './output.js'

/** Writes records to the output, in a format, and up to a number of them. */
export class RecordWriter {
  readonly #output: Output
  readonly #format: Format
  #left: number
  #turn: Promise<void> = Promise.resolve()

  constructor(output: Output, format: Format, maxRecords = Number.POSITIVE_INFINITY) {
    this.#output = output
    this.#format = format
    this.#left = maxRecords
  }

  get isDone(): boolean {
    return this.#left <= 0
  }

  /**
   * Writes the records of a view that lie below `end`. Views of several partitions take turns.
   *
   * @throws OutputClosed, and what a cursor throws at a damaged batch
   */
  write(view: LogView, end = Number.POSITIVE_INFINITY): Promise<void> {
    this.#turn = this.#turn.then(() => this.#write(view, end))
    return this.#turn
  }

  /** Sends off what has been written. */
  async send(): Promise<void> {
    await this.#turn
    await this.#output.send()
  }

  async #write(view: LogView, end: number): Promise<void> {
    const { bytes } = view
    const cursor = view.cursor()
    for (const batch of batches(bytes)) {
      if (this.isDone || batch.baseOffset >= end) return
      if (this.#takesAll(batch, view, end) && (await this.#writeBatch(batch, bytes))) continue
      cursor.reset(bytes, batch.position, batch.position + batch.sizeInBytes)
      await this.#writeRecords(cursor, end)
    }
  }

  #takesAll({ baseOffset, lastOffset, recordCount }: RecordBatch, view: LogView, end: number) {
    const isWhole = baseOffset >= view.fromOffset && lastOffset < end && recordCount <= this.#left
    return isWhole && view.abortedTransactions === undefined
  }

  async #writeBatch(batch: RecordBatch, bytes: Buffer): Promise<boolean> {
    const { putBatch } = this.#format
    if (putBatch === undefined) return false
    const fits = batch.sizeInBytes <= this.#output.buffer.length - this.#output.at
    if (!fits) await this.#output.send()
    if (!putBatch(batch, bytes, this.#output)) return false
    this.#left -= batch.recordCount
    return true
  }

  async #writeRecords(cursor: RecordCursor, end: number): Promise<void> {
    while (!this.isDone && cursor.next() && cursor.offset < end) {
      if (!this.#format.put(cursor, this.#output)) await this.#sendBefore(cursor)
      this.#left--
    }
  }

  /** Writes one record. @throws OutputClosed */
  async writeOne(source: RecordSource): Promise<void> {
    if (!this.#format.put(source, this.#output)) await this.#sendBefore(source)
    this.#left--
  }

  /** Writes what does not fit behind what has been gathered. */
  async #sendBefore(source: RecordSource): Promise<void> {
    await this.#output.send()
    if (this.#format.put(source, this.#output)) return
    await this.#output.write(this.#format.bytes(source))
  }
}
