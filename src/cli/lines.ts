import { loadNative } from '../binding.js'
import { DuramenError } from '../errors.js'
import { Blocks } from './blocks.js'
import type { Input } from './input.js'

/** Some whole lines of the input, back to back, the delimiter behind each but perhaps the last. */
export interface Lines {
  readonly bytes: Buffer
  readonly from: number
  readonly to: number
  /** Without the delimiter; the first `count` count. */
  readonly lengths: Int32Array
  readonly count: number
  /** The number of the first one, from 1. */
  readonly firstLine: number
}

export interface LineOptions extends LineLimits {
  readonly delimiter: Buffer
  readonly signal: AbortSignal
}

export interface LineLimits {
  /** Most bytes, and most lines, that are given at once; but a longer line is given alone. */
  readonly mostBytes: number
  readonly mostLines: number
  /** A longer line is refused. */
  readonly longestLine: number
}

const batchOverhead = 61
/** What a record takes in a batch besides key and value, lengths and deltas at their longest. */
export const recordOverhead = 40
// Where values are lines of such a batch; of these 12, the delimiter of the line is one.
const valueOverhead = 12

/** Limits such that the lines that are given at once make a batch of at most `batchSize` bytes. */
export function lineLimits(batchSize: number, maxMessageBytes: number): LineLimits {
  return {
    mostBytes: Math.floor((batchSize * 3) / 4) - batchOverhead,
    mostLines: Math.floor(batchSize / 4 / valueOverhead),
    longestLine: maxMessageBytes - batchOverhead - recordOverhead,
  }
}

// Reads of this size are few, and leave what is read in the processor's outer cache.
const blockSize = 2 * 1024 * 1024

/**
 * Splits an input into lines. Memory stays bounded, however long a line is.
 *
 * @throws DuramenError `ERR_BATCH_TOO_LARGE` that names the line that is too long; what stands
 * before it has been given
 */
export async function* linesOf(input: Input, options: LineOptions): AsyncGenerator<Lines> {
  const { delimiter, mostBytes, longestLine, signal } = options
  const split = splitter(delimiter)
  const lengths = new Int32Array(options.mostLines + 1)
  const blocks = new Blocks(input, blockSize, longestLine)
  let firstLine = 1
  let at = 0
  for (;;) {
    const { bytes, from, to, isLast } = await blocks.next(at)
    for (at = from; !signal.aborted; ) {
      const count =
        split(bytes, at, Math.min(to, at + mostBytes), lengths) ||
        splitOne(bytes, at, to, delimiter, lengths)
      if (count === 0) break
      if (count === 1 && lengths[0] > longestLine) throw tooLong(firstLine, input, longestLine)
      const end = at + lengths[lengths.length - 1]
      yield { bytes, from: at, to: end, lengths, count, firstLine }
      firstLine += count
      at = end
    }
    if (signal.aborted) return
    if (to - at > longestLine) throw tooLong(firstLine, input, longestLine)
    if (!isLast) continue
    lengths[0] = to - at
    if (at < to) yield { bytes, from: at, to, lengths, count: 1, firstLine }
    return
  }
}

/** Stores lengths, and in the last element of `lengths` the bytes that the lines took. */
type Split = (bytes: Buffer, from: number, to: number, lengths: Int32Array) => number

function splitter(delimiter: Buffer): Split {
  const { splitLines } = loadNative()
  if (delimiter.length === 1) {
    const [byte] = delimiter
    return (bytes, from, to, lengths) => splitLines(bytes, from, to, byte, lengths)
  }
  return (bytes, from, to, lengths) => {
    const most = lengths.length - 1
    let at = from
    let count = 0
    for (; count < most; count++) {
      const end = bytes.indexOf(delimiter, at)
      if (end < 0 || end + delimiter.length > to) break
      lengths[count] = end - at
      at = end + delimiter.length
    }
    lengths[most] = at - from
    return count
  }
}

/** One line that is longer than what is given at once; 0 where it does not end before `to`. */
function splitOne(
  bytes: Buffer,
  from: number,
  to: number,
  delimiter: Buffer,
  lengths: Int32Array,
): number {
  const end = bytes.subarray(0, to).indexOf(delimiter, from)
  if (end < 0) return 0
  lengths[0] = end - from
  lengths[lengths.length - 1] = end - from + delimiter.length
  return 1
}

function tooLong(line: number, input: Input, longestLine: number): DuramenError {
  return new DuramenError(
    'ERR_BATCH_TOO_LARGE',
    `line ${line} of ${input.name} has more than ${longestLine} bytes, the most that a record may ` +
      'have here; split it, or raise --batch-size, and at a broker max.message.bytes of the topic',
  )
}
