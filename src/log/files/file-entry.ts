/** What stands at one place of a file, as `dump` shows it: plain JSON values, in reading order. */
export interface FileEntry {
  /** The byte where it starts. */
  readonly position: number
  /** What is wrong here; absent where all is well. */
  readonly fault?: string
  readonly [field: string]: unknown
}

/** A kind of file that is small enough to be read as a whole. */
export interface FileKind {
  /** What to call it, such as `offset index`. */
  readonly name: string
  readonly matches: (fileName: string) => boolean
  /** Every entry, faults included; it never throws. `bytes` is the whole file. */
  readonly entries: (bytes: Buffer, fileName: string) => Iterable<FileEntry>
}

/** The base offset in the name of a file of a segment: `00000000000000000042.log` is 42. */
export function baseOffsetOf(fileName: string): number | undefined {
  const match = /^(\d{20})\./.exec(fileName)
  return match === null ? undefined : Number(match[1])
}

/** A fixed-size record that the file's end cuts off. */
export function cutOff(bytes: Buffer, entrySize: number): FileEntry[] {
  const rest = bytes.length % entrySize
  if (rest === 0) return []
  const position = bytes.length - rest
  return [{ position, fault: `${rest} bytes stand at the end, and an entry has ${entrySize}` }]
}

export function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
