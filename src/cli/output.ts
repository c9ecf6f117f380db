import { write } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { systemError } from '../log/files/system-error.js'

/** Thrown where the reader of a pipe has gone, such as `head`: there is nobody left to write for. */
export class OutputClosed extends Error {}

// Two of them, one being filled while the other is written. A usual batch of 1 MiB fits in one.
const bufferSize = 1_048_588
const graceMs = 1000
const busyMs = 5

/**
 * Standard output: bytes are gathered and written in large pieces beside the event loop, so that
 * signals are heard while a slow reader holds things up. One caller at a time awaits.
 */
export class Output {
  /** What has been gathered: `buffer` up to `at`. The formatters of `consume` write here directly. */
  buffer: Buffer = Buffer.allocUnsafeSlow(bufferSize)
  at = 0
  /** Bytes that whoever reads it has taken. */
  accepted = 0
  readonly isTerminal: boolean
  readonly #fd: number
  #other: Buffer = Buffer.allocUnsafeSlow(bufferSize)
  #writing: Promise<void> = Promise.resolve()
  #isWriting = false
  #sentOff = 0
  #giveUp: (reason: unknown) => void = () => {}

  /** `signal` ends the wait for a reader that takes nothing, after a second's grace. */
  constructor(fd: number, isTerminal: boolean, signal: AbortSignal) {
    this.#fd = fd
    this.isTerminal = isTerminal
    signal.addEventListener('abort', () => {
      setTimeout(() => this.#giveUp(signal.reason), graceMs).unref()
    })
  }

  /** Bytes that it was given, of which the first `accepted` have gone out. */
  get gathered(): number {
    return this.#sentOff + this.at
  }

  /** Whether a write is under way: then `process.exit` would wait for it. */
  get isWriting(): boolean {
    return this.#isWriting
  }

  /**
   * @throws OutputClosed
   * @throws DuramenError what writing reports, such as `ERR_NO_SPACE`
   */
  async write(data: string | Uint8Array): Promise<void> {
    const bytes = typeof data === 'string' ? Buffer.from(data) : data
    if (bytes.length > this.buffer.length - this.at) await this.send()
    if (bytes.length > this.buffer.length) {
      await this.#writing
      await this.#start(bytes)
    } else {
      this.buffer.set(bytes, this.at)
      this.at += bytes.length
    }
  }

  /** Sends off what has been gathered, once the piece before it has gone out. */
  async send(): Promise<void> {
    await this.#writing
    if (this.at === 0) return
    const full = this.buffer
    this.#writing = this.#start(full.subarray(0, this.at))
    // It is awaited before the next piece, and must not count as unhandled until then.
    this.#writing.catch(() => {})
    this.buffer = this.#other
    this.#other = full
    this.at = 0
  }

  #start(bytes: Uint8Array): Promise<void> {
    this.#isWriting = true
    this.#sentOff += bytes.length
    return new Promise((resolve, reject) => {
      this.#giveUp = reject
      this.#writeAll(bytes)
        .finally(() => {
          this.#isWriting = false
        })
        .then(resolve, reject)
    })
  }

  async #writeAll(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      try {
        const written = await writeSome(this.#fd, bytes, at)
        at += written
        this.accepted += written
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException
        if (code === 'EPIPE') throw new OutputClosed('the reader of standard output has gone')
        if (code !== 'EAGAIN') throw systemError(error, 'standard output')
        // A pipe that some other process has made non-blocking.
        await wait(busyMs)
      }
    }
  }

  /** Resolves when everything has gone out. */
  async flush(): Promise<void> {
    await this.send()
    await this.#writing
  }
}

function writeSome(fd: number, bytes: Uint8Array, at: number): Promise<number> {
  return new Promise((resolve, reject) => {
    write(fd, bytes, at, bytes.length - at, null, (error, written) =>
      error ? reject(error) : resolve(written),
    )
  })
}
