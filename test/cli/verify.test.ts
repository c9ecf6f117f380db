import { appendFileSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { processAgent } from '../support/agent.js'
import { unpackGolden } from '../support/golden.js'
import { openLog, temporaryDirectory } from '../support/logs.js'
import { duramen, succeed } from './command.js'

const segment = 'clicks-0/00000000000000000000.log'

/** `clicks`, with an index that has entries, and a batch that is compressed. */
async function makeTopic(): Promise<string> {
  const dir = temporaryDirectory()
  const input = Array.from({ length: 200 }, (_, i) => `line ${i}`).join('\n')
  await succeed(['produce', 'clicks', '--dir', dir, '--batch-size', '1024'], input)
  const log = await openLog(join(dir, 'clicks-0'), { indexIntervalBytes: 0 })
  for (let i = 0; i < 9; i++) await log.append({ value: `more ${i}` })
  await log.append([{ value: 'x'.repeat(5000) }], { compression: 'lz4' })
  await log.close()
  return dir
}

/** Flips a bit of a file; a negative position counts from the end. */
function flip(path: string, position: number): void {
  const bytes = readFileSync(path)
  const at = position < 0 ? bytes.length + position : position
  bytes[at] = (bytes[at] ?? 0) ^ 1
  writeFileSync(path, bytes)
}

interface Report {
  readonly sound: boolean
  readonly partitions: readonly { readonly path: string; readonly records: number }[]
  readonly findings: readonly {
    readonly path: string
    readonly position: number
    readonly fromOffset?: number
    readonly what: string
  }[]
}

async function reportOn(path: string): Promise<Report> {
  const { code, stdout } = await duramen(['verify', path, '--json'])
  const report: Report = JSON.parse(stdout)
  expect(code).toBe(report.sound ? 0 : 1)
  return report
}

describe('verify finds everything sound', () => {
  it.each(['clean', 'unclean'] as const)('in what Kafka left, stopped %s', async (which) => {
    const dir = temporaryDirectory()
    unpackGolden(which, dir)
    const report = await reportOn(dir)
    expect(report.findings).toEqual([])
    expect(report.partitions.length).toBeGreaterThan(10)
    expect(report.partitions.some(({ path }) => path.includes('cluster_metadata'))).toBe(false)
  })

  it('in a data directory, a partition and a file', async () => {
    const dir = await makeTopic()
    const text = await succeed(['verify', '--dir', dir])
    expect(text).toMatch(/clicks-0: 1 segment, \d+ batches, 210 records, .*: sound\n/)
    expect(await reportOn(join(dir, 'clicks-0'))).toMatchObject({ partitions: [{ records: 210 }] })
    for (const file of [segment, segment.replace('.log', '.index'), 'meta.properties']) {
      expect(await succeed(['verify', join(dir, file)])).toMatch(/: sound\n$/)
    }
  })

  it('beside a process that appends', async () => {
    const dir = await makeTopic()
    const owner = processAgent()
    await owner.open(join(dir, 'clicks-0'), { flush: 'os' })
    const appending = owner.call('appendMany', 60_000, 'v'.repeat(500))
    for (let i = 0; i < 4; i++) expect((await reportOn(dir)).findings).toEqual([])
    await appending
  })
})

describe('verify names file and position', () => {
  it('of a damaged batch', async () => {
    const dir = await makeTopic()
    flip(join(dir, segment), 100)
    const { code, stdout } = await duramen(['verify', '--dir', dir])
    expect(code).toBe(1)
    expect(stdout).toContain(`${join(dir, segment)}: position 0: the batch does not match its CRC`)
    expect(stdout).toContain(`${dir}: 1 fault\n`)
  })

  it('of a batch that does not decompress, though its CRC is right', async () => {
    const dir = temporaryDirectory()
    const { BatchBuilder } = await import('../../src/record/index.js')
    const { crc32c } = await import('../../src/record/index.js')
    const builder = new BatchBuilder({ compression: 'gzip' })
    builder.append({ value: 'x'.repeat(1000) })
    const batch = Buffer.from(builder.build())
    batch.fill(0, 71, 80)
    batch.writeUInt32BE(crc32c(batch, 21), 17)
    const log = await openLog(join(dir, 'clicks-0'))
    await log.append({ value: 'sound' })
    await log.append(batch)
    await log.close()
    const { findings } = await reportOn(dir)
    expect(findings).toMatchObject([
      { path: join(dir, segment), fromOffset: 1, what: expect.stringContaining('ERR_CORRUPT') },
    ])
    expect(findings[0]?.position).toBeGreaterThan(60)
  })

  it.each([
    ['.index', 4],
    ['.timeindex', 9],
  ])('of an entry of %s that names no batch', async (ending, position) => {
    const dir = await makeTopic()
    const path = join(dir, segment.replace('.log', ending))
    flip(path, position)
    for (const checked of [dir, join(dir, 'clicks-0'), path]) {
      expect((await reportOn(checked)).findings[0]).toMatchObject({ path, position: 0 })
    }
  })

  it.each([
    ['segments-0/00000000000000006956.snapshot', 20, 'the CRC does not match'],
    ['segments-0/leader-epoch-checkpoint', 0, "the version is '1', not 0"],
    ['segments-0/partition.metadata', 0, "the first line is not 'version: 0'"],
    ['recovery-point-offset-checkpoint', -2, 'does not parse'],
    ['cleaner-offset-checkpoint', 2, 'the count is'],
  ])('of what is wrong in %s', async (name, position, what) => {
    const dir = temporaryDirectory()
    unpackGolden('clean', dir)
    const path = join(dir, name)
    if (position < 0) appendFileSync(path, 'nonsense\n')
    else flip(path, position)
    for (const checked of [dir, path]) {
      const { findings } = await reportOn(checked)
      expect(findings.map((finding) => finding.path)).toContain(path)
      expect(findings.map((finding) => finding.what).join()).toContain(what)
    }
  })

  it('of a watermark that is none, or whose records are missing', async () => {
    const dir = await makeTopic()
    truncateSync(join(dir, segment), 0)
    const path = join(dir, 'clicks-0/duramen.watermark')
    const { findings } = await reportOn(join(dir, 'clicks-0'))
    const missing = { path: join(dir, segment), what: expect.stringContaining('are missing') }
    expect(findings).toContainEqual(expect.objectContaining(missing))
    flip(path, 0)
    expect(await reportOn(path)).toMatchObject({ findings: [{ path, position: 0 }] })
  })
})

describe('verify notes', () => {
  it.each([
    ['clicks-0/00000000000000000000.log.broken-17', 'set aside by a recovery or a repair'],
    ['clicks-0/next.spare', 'space prepared for the next segment'],
    ['clicks-0/00000000000000000042.log.deleted', 'left over, the next opening settles it'],
    ['clicks-0/notes.txt', 'not a file of a log'],
    ['notes.txt', 'not a file of a log'],
    ['recovery-point-offset-checkpoint.broken-3', 'set aside by a recovery or a repair'],
  ])('%s, which is no fault', async (name, what) => {
    const dir = await makeTopic()
    const path = join(dir, name)
    writeFileSync(path, 'anything')
    const text = await succeed(['verify', '--dir', dir])
    expect(text).toContain(`${path}: note: ${what}\n`)
    const report = JSON.parse(await succeed(['verify', '--dir', dir, '--json']))
    expect(report).toMatchObject({ sound: true, notes: [{ path, what }] })
    if (!what.startsWith('not')) expect(await succeed(['verify', path])).toContain(what)
  })
})

describe('verify refuses', () => {
  it.each([
    ['a path that does not exist', 'none', 'ERR_NOT_FOUND'],
    ['a file that belongs to no log', 'notes.txt', 'ERR_INVALID_ARGUMENT'],
    ['a directory that is not for data', '.', 'ERR_FOREIGN_DIRECTORY'],
    ['an empty directory', 'empty', 'nothing to verify'],
    ['a data directory without a topic', 'data', 'nothing to verify'],
    ['a partition without a segment', 'data/clicks-0', 'nothing to verify'],
  ])('%s', async (_, name, error) => {
    const dir = temporaryDirectory()
    writeFileSync(join(dir, 'notes.txt'), '')
    mkdirSync(join(dir, 'empty'))
    mkdirSync(join(dir, 'data/clicks-0'), { recursive: true })
    writeFileSync(join(dir, 'data/.lock'), '')
    const { code, stdout, stderr } = await duramen(['verify', join(dir, name)])
    expect(stdout).toBe('')
    expect([code, stderr]).toEqual([1, expect.stringContaining(error)])
  })
})
