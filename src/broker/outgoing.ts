import type { Socket } from 'node:net'
import { loadNative } from '../binding.js'
import { LogView } from '../log/index.js'
import type { Piece } from '../wire/index.js'
import { viewsOf } from './log-views.js'

/** Views of fewer bytes go with what stands around them, where there is much of that. */
const smallestSent = 32 * 1024

/** Parts that one call of the addon sends. */
const mostPerCall = 3

/** What is given to a socket at a time: that of a client that is quick enough is never full (1 ms). */
const mostAtOnce = 2 * 2 ** 20

/** Written the usual way when a socket is full, so that Node says when it has room again. */
const wakeBytes = 16 * 1024

interface Handled {
  _handle?: { fd?: number } | null
}

type Part = Buffer | LogView

const nothing = Buffer.alloc(0)

/**
 * What goes out to one client, in order. Bytes of a log are given to the socket by the addon, from the
 * mapping that it has of the segment: 0.30 s of CPU time a GB with librdkafka's consumer. With
 * `socket.write` it is 0.35, for pages are mapped once more and V8 collects for the large ArrayBuffers;
 * with sendfile(2) 0.48, for it wakes the client with every 64 KiB. So are short answers: writing
 * those by Node's streams was 7 % of the CPU time of producing with lz4, 100 kB at a time.
 */
export class Outgoing {
  readonly #socket: Socket
  readonly #hasRoom: () => void
  readonly #waiting: Part[] = []
  #waitingBytes = 0
  /** Of the first part that waits, what has been sent. */
  #sent = 0
  /** For what nothing is given to the socket now: that it has room again, or that others had their turn. */
  #waitsFor: 'room' | 'turn' | undefined
  #isEnding = false

  /** @param hasRoom called when a socket that was full has taken what it had: it is to `flush` */
  constructor(socket: Socket, hasRoom: () => void) {
    this.#socket = socket
    this.#hasRoom = hasRoom
  }

  /** What the client has not taken. */
  get unsentBytes(): number {
    return this.#socket.writableLength + this.#waitingBytes - this.#sent
  }

  /** Sent with the next `flush`; how many bytes it is. */
  add(pieces: readonly Piece[]): number {
    let bytes = 0
    for (const piece of pieces) {
      for (const part of Buffer.isBuffer(piece) ? [piece] : viewsOf(piece)) {
        this.#waiting.push(part)
        bytes += sizeOf(part)
      }
    }
    this.#waitingBytes += bytes
    return bytes
  }

  /** Gives the socket what it takes. @throws what reading the bytes of a view throws */
  flush(): void {
    for (let given = 0; this.#waiting.length > 0 && this.#waitsFor === undefined; ) {
      const taken = this.#send()
      if (taken > 0) given += this.#taken(taken)
      else this.#write(taken === 0 ? this.#wakePart() : this.#parts())
      if (given >= mostAtOnce) this.#pause()
    }
    if (this.#isEnding && this.#waiting.length === 0) this.#socket.destroySoon()
  }

  /** Closes the socket when all has been given to it. */
  end(): void {
    this.#isEnding = true
    if (this.#waiting.length === 0) this.#socket.destroySoon()
  }

  /** Forgets what has not been sent. */
  drop(): void {
    while (this.#waiting.length > 0) this.#shift()
  }

  /**
   * The first parts, if the addon is to send them: a view and what stands around it, or Buffers. As
   * `LogView.sendTo`, -1 also where they are not.
   */
  #send(): number {
    // Asked for each time: the descriptor of a socket that was closed is soon another's.
    const socket = (this.#socket as Handled)._handle?.fd ?? -1
    const [first, second, third] = this.#waiting
    const isAll = this.#waiting.length <= mostPerCall
    if (socket < 0) return -1
    if (first instanceof LogView) {
      if (!isAll && !isLarge(first)) return -1
      return first.sendTo(socket, nothing, this.#sent, mostAtOnce, bufferOf(second))
    }
    const head = this.#sent === 0 ? first : first.subarray(this.#sent)
    if (second instanceof LogView) {
      if (!isAll && !isLarge(second)) return -1
      return second.sendTo(socket, head, 0, mostAtOnce, bufferOf(third))
    }
    return isAll ? loadNative().send(socket, head, bufferOf(second), bufferOf(third)) : -1
  }

  /** The socket took so many past Node, which goes by what it sees to tell whether one is idle. */
  #taken(bytes: number): number {
    const { timeout } = this.#socket
    if (timeout !== undefined) this.#socket.setTimeout(timeout)
    return this.#take(bytes)
  }

  /** So many bytes have been sent. */
  #take(bytes: number): number {
    let left = bytes
    for (let [first] = this.#waiting; first !== undefined && left > 0; [first] = this.#waiting) {
      const rest = sizeOf(first) - this.#sent
      if (left < rest) {
        this.#sent += left
        break
      }
      left -= rest
      this.#shift()
    }
    return bytes
  }

  #shift(): void {
    const part = this.#waiting.shift() as Part
    this.#waitingBytes -= sizeOf(part)
    this.#sent = 0
    if (part instanceof LogView) part.release()
  }

  /** A little of the first part. */
  #wakePart(): Buffer[] {
    const part = this.#waiting[0] as Part
    const from = this.#sent
    const size = Math.min(wakeBytes, sizeOf(part) - from)
    const bytes = part instanceof LogView ? part.copy(from, size) : part.subarray(from, from + size)
    this.#take(size)
    return [bytes]
  }

  /** All up to the next large view, at least one part. */
  #parts(): Buffer[] {
    const parts: Buffer[] = []
    do {
      const part = this.#waiting[0] as Part
      parts.push((part instanceof LogView ? part.validBytes : part).subarray(this.#sent))
      this.#shift()
    } while (this.#waiting.length > 0 && !isLarge(this.#waiting[0]))
    return parts
  }

  #write(parts: readonly Buffer[]): void {
    const socket = this.#socket
    const last = parts.length - 1
    socket.cork()
    for (let i = 0; i < last; i++) socket.write(parts[i] as Buffer)
    socket.write(parts[last] as Buffer, this.#written)
    socket.uncork()
    if (socket.writableLength > 0) this.#waitsFor = 'room'
  }

  readonly #written = (): void => {
    if (this.#waitsFor === 'room' && this.#socket.writableLength === 0) this.#goOn()
  }

  #pause(): void {
    // Who waits for room lets others have their turn meanwhile.
    if (this.#waitsFor !== undefined) return
    this.#waitsFor = 'turn'
    setImmediate(() => this.#goOn())
  }

  #goOn(): void {
    this.#waitsFor = undefined
    this.#hasRoom()
  }
}

function isLarge(part: Part | undefined): boolean {
  return part instanceof LogView && part.sizeInBytes >= smallestSent
}

function bufferOf(part: Part | undefined): Buffer {
  return Buffer.isBuffer(part) ? part : nothing
}

function sizeOf(part: Part): number {
  return part instanceof LogView ? part.sizeInBytes : part.length
}
