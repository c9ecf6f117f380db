import { type FileHandle, open } from 'node:fs/promises'
import { DuramenError } from '../../errors.js'
import { checkFrame } from '../../record/batch-frame.js'
import { BatchHeader } from '../../record/batch-header.js'
import { batchHeaderSize } from '../../record/layout.js'
import { systemError } from './system-error.js'

/** A batch of a segment file, or what stands where one should. */
export interface FileBatch {
  /** The byte of the file where it starts. */
  readonly position: number
  /** The whole batch, until the next one is asked for; empty where there is a fault. */
  readonly bytes: Buffer
  readonly header: BatchHeader
  /** Why it cannot be read; then it is the last that is given. */
  readonly fault?: string
}

const windowSize = 4 * 1024 * 1024

/**
 * The batches of a `.log` file in turn, by their headers alone: neither CRC nor records are looked
 * at. Zeros up to the end, which are space allocated ahead, end it.
 *
 * @param from where a batch starts
 * @param to no batch reaches beyond it
 * @throws DuramenError `ERR_NOT_FOUND`, `ERR_ACCESS`, `ERR_IO`
 */
export async function* batchesOf(
  path: string,
  from = 0,
  to = Number.POSITIVE_INFINITY,
): AsyncGenerator<FileBatch> {
  const file = await open(path).catch((error) => Promise.reject(systemError(error, path)))
  try {
    const window = new Window(file)
    let position = from
    for (let { size } = await file.stat(); position < Math.min(size, to); ) {
      const batch = await window.batchAt(position, Math.min(size, to)).catch(shorterOrThrow)
      if (batch instanceof Shorter) {
        // The owner has given back the space that it had allocated ahead.
        size = (await file.stat()).size
        continue
      }
      if (batch === undefined) return
      yield batch
      if (batch.fault !== undefined) return
      position += batch.bytes.length
    }
  } catch (error) {
    throw systemError(error, path)
  } finally {
    await file.close()
  }
}

/** What `Window` throws where the file ends before its size of a moment ago. */
class Shorter extends Error {}

function shorterOrThrow(error: unknown): Shorter {
  if (error instanceof Shorter) return error
  throw error
}

/** A stretch of the file in memory, moved forward as it is asked for more. */
class Window {
  readonly #file: FileHandle
  #buffer = Buffer.allocUnsafeSlow(windowSize)
  #start = 0
  #end = 0

  constructor(file: FileHandle) {
    this.#file = file
  }

  /** undefined where zeros stand up to the end. @throws Shorter */
  async batchAt(position: number, fileSize: number): Promise<FileBatch | undefined> {
    const available = fileSize - position
    const head = await this.#bytes(position, Math.min(batchHeaderSize, available))
    const fault = frameFault(head, available)
    if (fault !== undefined) {
      const found = { position, bytes: Buffer.alloc(0), header: header(Buffer.from(head)), fault }
      return (await this.#isZeroFrom(position, fileSize)) ? undefined : found
    }
    const bytes = await this.#bytes(position, header(head).sizeInBytes)
    return { position, bytes, header: header(bytes) }
  }

  async #isZeroFrom(position: number, fileSize: number): Promise<boolean> {
    for (let at = position; at < fileSize; at += windowSize) {
      const bytes = await this.#bytes(at, Math.min(windowSize, fileSize - at))
      if (bytes.some((byte) => byte !== 0)) return false
    }
    return true
  }

  /** `length` bytes at `position`. @throws Shorter */
  async #bytes(position: number, length: number): Promise<Buffer> {
    if (position < this.#start || position + length > this.#end) await this.#read(position, length)
    return this.#buffer.subarray(position - this.#start, position - this.#start + length)
  }

  async #read(position: number, length: number): Promise<void> {
    if (length > this.#buffer.length) this.#buffer = Buffer.allocUnsafeSlow(length)
    this.#start = position
    this.#end = position
    while (this.#end - position < length) {
      const at = this.#end - position
      const { bytesRead } = await this.#file.read(
        this.#buffer,
        at,
        this.#buffer.length - at,
        this.#end,
      )
      if (bytesRead === 0) break
      this.#end += bytesRead
    }
    if (this.#end - position >= length) return
    throw new Shorter()
  }
}

function header(bytes: Buffer): BatchHeader {
  return new BatchHeader(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), 0)
}

function frameFault(head: Buffer, available: number): string | undefined {
  try {
    checkFrame(header(head), head.length < batchHeaderSize ? head.length : available)
    return undefined
  } catch (error) {
    if (error instanceof DuramenError) return error.message
    throw error
  }
}
