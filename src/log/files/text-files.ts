import type { FileEntry, FileKind } from './file-entry.js'

interface Line {
  readonly position: number
  readonly text: string
}

/** One after the other, because a file of garbage may have millions. */
function* linesOf(bytes: Buffer): Generator<Line> {
  for (let position = 0; position < bytes.length; ) {
    const newline = bytes.indexOf(newlineByte, position)
    const end = newline < 0 ? bytes.length : newline
    yield { position, text: bytes.toString('latin1', position, end) }
    position = end + 1
  }
}

const newlineByte = 0x0a

function countLines(bytes: Buffer): number {
  const unfinished = bytes.length > 0 && bytes.at(-1) !== newlineByte ? 1 : 0
  return bytes.reduce((count, byte) => count + (byte === newlineByte ? 1 : 0), unfinished)
}

/** A checkpoint: a version line, a count, then that many lines that `parse` takes apart. */
function* checkpoint(
  bytes: Buffer,
  parse: (text: string) => object | undefined,
): Generator<FileEntry> {
  const lines = linesOf(bytes)
  const version = lines.next().value
  const count = lines.next().value
  if (version === undefined || count === undefined) {
    return yield { position: bytes.length, fault: 'the version and the count are missing' }
  }
  yield { position: 0, version: Number(version.text), entries: Number(count.text) }
  if (version.text !== '0') yield { position: 0, fault: `the version is '${version.text}', not 0` }
  const entries = countLines(bytes) - 2
  if (count.text !== String(entries)) {
    const { position, text } = count
    yield { position, fault: `the count is '${text}', and there are ${entries} entries` }
  }
  for (const { position, text } of lines) {
    const entry = parse(text)
    yield entry === undefined
      ? { position, fault: `the line '${text}' does not parse` }
      : { position, ...entry }
  }
}

/** `recovery-point-offset-checkpoint` and its siblings. */
export const offsetCheckpoint: FileKind = {
  name: 'offset checkpoint',
  matches: (fileName) => fileName.endsWith('-offset-checkpoint'),
  entries: (bytes) =>
    checkpoint(bytes, (text) => {
      const match = /^(\S+) (\d{1,10}) (\d{1,16})$/.exec(text)
      if (match === null) return undefined
      const entry = { topic: match[1], partition: Number(match[2]), offset: Number(match[3]) }
      return entry.partition < 2 ** 31 && Number.isSafeInteger(entry.offset) ? entry : undefined
    }),
}

/** `leader-epoch-checkpoint`: where each leader epoch starts; both rise. */
export const epochCheckpoint: FileKind = {
  name: 'leader epoch checkpoint',
  matches: (fileName) => fileName === 'leader-epoch-checkpoint',
  *entries(bytes) {
    let last = { epoch: -1, startOffset: -1 }
    const entries = checkpoint(bytes, (text) => {
      const match = /^(\d{1,10}) (\d{1,16})$/.exec(text)
      if (match === null) return undefined
      const entry = { epoch: Number(match[1]), startOffset: Number(match[2]) }
      if (entry.epoch >= 2 ** 31 || !Number.isSafeInteger(entry.startOffset)) return undefined
      const rises = entry.epoch > last.epoch && entry.startOffset >= last.startOffset
      last = entry
      return rises ? entry : { ...entry, fault: 'it does not rise above the entry before it' }
    })
    yield* entries
  },
}

/** `meta.properties`: whose directory it is. */
export const metaProperties: FileKind = {
  name: 'directory properties',
  matches: (fileName) => fileName === 'meta.properties',
  *entries(bytes) {
    for (const { position, text } of linesOf(bytes)) {
      if (text === '' || text.startsWith('#')) continue
      const equals = text.indexOf('=')
      yield equals > 0
        ? { position, [text.slice(0, equals)]: text.slice(equals + 1) }
        : { position, fault: `the line '${text}' has no value` }
    }
  },
}

/** `.kafka_cleanshutdown`: it counts by being there, whatever it holds. */
export const cleanShutdown: FileKind = {
  name: 'clean shutdown marker',
  matches: (fileName) => fileName === '.kafka_cleanshutdown',
  *entries(bytes) {
    yield { position: 0, text: bytes.toString('latin1', 0, longestShown) }
  },
}

/** `.lock`: who held the directory last; the lock itself is the kernel's. */
export const lockFile: FileKind = {
  name: 'lock',
  matches: (fileName) => fileName === '.lock',
  *entries(bytes) {
    const [, processId, started] =
      /^(\d{1,15}) (\d{1,15})\n/.exec(bytes.toString('latin1', 0, longestShown)) ?? []
    if (processId === undefined) return
    yield { position: 0, processId: Number(processId), started: Number(started) }
  },
}

const longestShown = 1000
