import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { brotliDecompressSync } from 'node:zlib'

/** A record as Kafka's consumer printed it; key, value and header values in base64. */
export interface ExpectedRecord {
  readonly offset: number
  readonly timestamp: number
  readonly timestampType: 'CreateTime' | 'LogAppendTime'
  readonly key: string | null
  readonly value: string | null
  readonly headers: readonly (readonly [name: string, value: string | null])[]
  readonly leaderEpoch: number
}

export interface ExpectedPartition {
  readonly beginningOffset: number
  readonly endOffset: number
  readonly records: readonly ExpectedRecord[]
}

export type Isolation = 'read_uncommitted' | 'read_committed'

interface PackedFile {
  readonly path: string
  /** Bytes of the file; behind `content` they are zeros. */
  readonly size: number
  readonly content: Buffer
}

const fixtures = new URL('../fixtures/golden/', import.meta.url)
const archives = new Map<string, PackedFile[]>()

/** The files in `expected.br` or `directories.br`; fixtures/golden/README.md has the format. */
function filesOf(name: string): PackedFile[] {
  const known = archives.get(name)
  if (known !== undefined) return known
  const bytes = brotliDecompressSync(readFileSync(new URL(name, fixtures)))
  let at = bytes.indexOf('\n') + 1
  const list: { path: string; size: number; stored: number }[] = JSON.parse(
    bytes.toString('utf8', 0, at),
  )
  const files = list.map(({ path, size, stored }) => {
    at += stored
    return { path, size, content: bytes.subarray(at - stored, at) }
  })
  archives.set(name, files)
  return files
}

/**
 * Writes the log directory that Apache Kafka left behind into `directory`, file for file in its
 * exact size; what was sparse is sparse again.
 */
export function unpackGolden(which: 'clean' | 'unclean', directory: string): void {
  for (const { path, size, content } of filesOf('directories.br')) {
    if (!path.startsWith(`${which}/`)) continue
    const file = join(directory, path.slice(which.length + 1))
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, content)
    truncateSync(file, size)
  }
}

/** The `.log` files of a partition, in the order of their base offsets. */
export function goldenSegments(which: 'clean' | 'unclean', topicPartition: string): Buffer[] {
  return filesOf('directories.br')
    .filter(({ path }) => path.startsWith(`${which}/${topicPartition}/`) && path.endsWith('.log'))
    .sort((a, b) => (a.path < b.path ? -1 : 1))
    .map(({ size, content }) => Buffer.concat([content], size))
}

/** The partitions for which there are expected records, such as `codec-gzip-0`. */
export function expectedPartitions(isolation: Isolation): string[] {
  const pattern = new RegExp(`^expected/${isolation}/(.+)\\.ndjson$`)
  return filesOf('expected.br').flatMap(({ path }) => pattern.exec(path)?.[1] ?? [])
}

/** What Kafka's consumer read from a partition, such as `codec-gzip-0`. */
export function expectedRecords(isolation: Isolation, topicPartition: string): ExpectedPartition {
  const path = `expected/${isolation}/${topicPartition}.ndjson`
  const file = filesOf('expected.br').find((candidate) => candidate.path === path)
  if (file === undefined) throw new Error(`there is no ${path} in the fixtures`)
  const [range, ...records] = file.content
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  return { ...range, records }
}
