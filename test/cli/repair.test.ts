import {
  appendFileSync,
  cpSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { crc32c } from '../../src/record/index.js'
import { processAgent } from '../support/agent.js'
import { unpackGolden } from '../support/golden.js'
import { batchOf, openLog, temporaryDirectory } from '../support/logs.js'
import { filesBelow, readableBatches } from '../support/readable.js'
import { duramen, succeed } from './command.js'

interface Report {
  readonly sound: boolean
  readonly mended: readonly { readonly path: string; readonly movedTo?: string }[]
  readonly left: readonly { readonly path: string }[]
}

async function repair(path: string, ...more: string[]): Promise<Report> {
  const { code, stdout } = await duramen(['repair', path, '--json', ...more])
  const report: Report = JSON.parse(stdout)
  expect(code).toBe(report.sound ? 0 : 1)
  return report
}

function golden(): string {
  const dir = temporaryDirectory()
  unpackGolden('clean', dir)
  return dir
}

async function expectSound(path: string): Promise<void> {
  const { findings } = JSON.parse((await duramen(['verify', path, '--json'])).stdout)
  expect(findings).toEqual([])
}

async function makeTopic(): Promise<string> {
  const dir = temporaryDirectory()
  const input = Array.from({ length: 200 }, (_, i) => `line ${i}`).join('\n')
  await succeed(['produce', 'clicks', '--dir', dir, '--batch-size', '1024'], input)
  return dir
}

const garbage = 'neither this nor that\n'

describe('repair makes anew what the batches tell', () => {
  it.each([
    ['transactions-0/00000000000000000020.txnindex', garbage],
    ['segments-0/00000000000000000000.index', garbage],
    ['segments-0/00000000000000000000.timeindex', garbage],
  ])('in %s', async (name, content) => {
    const dir = golden()
    const path = join(dir, name)
    const original = readFileSync(path)
    writeFileSync(path, content)
    const partition = join(path, '..')
    const { sound, mended } = await repair(partition)
    expect([sound, mended]).toMatchObject([true, [{ path }]])
    expect(readFileSync(mended[0]?.movedTo ?? '', 'latin1')).toBe(content)
    await expectSound(partition)
    expect(readFileSync(path).length).toBeGreaterThan(0)
    if (name.endsWith('.txnindex')) expect(readFileSync(path)).toEqual(original)
  })

  it.each([garbage, '', '0\n1\n0 0\n5 x\n'])(
    'in the leader epochs, where %j stands',
    async (content) => {
      const directory = join(temporaryDirectory(), 'clicks-0')
      const log = await openLog(directory, { segmentBytes: 4096 })
      for (let i = 0; i < 60; i++) {
        const batch = batchOf(['v'.repeat(200)], { baseOffset: i, partitionLeaderEpoch: i >> 3 })
        await log.append(batch, { offsets: 'keep' })
      }
      await log.close()
      const path = join(directory, 'leader-epoch-checkpoint')
      const original = readFileSync(path, 'latin1')
      expect(original).toMatch(/^0\n8\n0 0\n1 8\n/)
      writeFileSync(path, content)
      expect((await repair(directory)).mended).toMatchObject([{ path }])
      expect(readFileSync(path, 'latin1')).toBe(original)
    },
  )

  it('in a topic id, from the file itself or from another partition', async () => {
    const dir = await makeTopic()
    cpSync(join(dir, 'clicks-0'), join(dir, 'clicks-1'), { recursive: true })
    const path = join(dir, 'clicks-1/partition.metadata')
    const original = readFileSync(path, 'latin1')
    for (const content of [original.replace('version', 'vershun'), '', garbage]) {
      writeFileSync(path, content)
      const { sound, mended } = await repair(dir)
      expect([sound, mended]).toMatchObject([true, [{ path }]])
      expect(readFileSync(path, 'latin1')).toBe(original)
    }
  })

  it('in the checkpoint of a compacted log, whose gaps are then no damage', async () => {
    const dir = golden()
    const path = join(dir, 'cleaner-offset-checkpoint')
    const topics = readFileSync(path, 'latin1').match(/^\S+ \d+ [1-9]\d*$/gm) ?? []
    expect(topics.length).toBeGreaterThan(0)
    for (const content of [garbage, undefined]) {
      for (const line of topics) {
        const [topic, partition] = line.split(' ')
        const directory = join(dir, `${topic}-${partition}`)
        const readable = await readableBatches(directory)
        if (content === undefined) rmSync(path, { force: true })
        else writeFileSync(path, content)
        const { sound } = await repair(directory)
        expect(sound).toBe(true)
        await expectSound(directory)
        expect(await readableBatches(directory)).toEqual(readable)
        expect(readdirSync(directory).some((name) => /\.log\.broken/.test(name))).toBe(false)
      }
    }
  })
})

describe('repair moves aside', () => {
  it('a producer snapshot and a watermark that are none, and the log opens', async () => {
    const dir = golden()
    const snapshot = join(dir, 'segments-0/00000000000000006956.snapshot')
    const { length } = readFileSync(snapshot)
    writeFileSync(snapshot, Buffer.alloc(length, 7))
    const watermark = join(dir, 'segments-0/duramen.watermark')
    writeFileSync(watermark, garbage)
    const { sound, mended } = await repair(join(dir, 'segments-0'))
    expect([sound, mended.map(({ path }) => path)]).toEqual([true, [snapshot, watermark]])
    for (const { movedTo } of mended) expect(readFileSync(movedTo ?? '').length).toBeGreaterThan(0)
    const log = await openLog(join(dir, 'segments-0'))
    expect(log.info.findings).toEqual([])
  })

  it.each([
    'recovery-point-offset-checkpoint',
    'log-start-offset-checkpoint',
    'replication-offset-checkpoint',
    'cleaner-offset-checkpoint',
  ])('%s, and keeps the lines that parse', async (name) => {
    const dir = golden()
    const path = join(dir, name)
    const lines = readFileSync(path, 'latin1').split('\n').slice(2, -1)
    const damaged = `9\n${garbage}${lines.join('\n')}\n${garbage}segments 0 99999999999999999\n`
    writeFileSync(path, damaged)
    const { sound, mended } = await repair(join(dir, 'segments-0'))
    expect([sound, mended]).toMatchObject([true, [{ path }]])
    const after = readFileSync(path, 'latin1').split('\n').slice(2, -1)
    const others = lines.filter((line) => !line.startsWith('segments 0 '))
    expect(after).toEqual(expect.arrayContaining(others))
    expect(readFileSync(mended[0]?.movedTo ?? '', 'latin1')).toBe(damaged)
    await expectSound(dir)
  })

  it('keeps damage in a sealed segment apart from the end, though the recovery point is lost', async () => {
    const dir = golden()
    const partition = join(dir, 'segments-0')
    const [first = ''] = readdirSync(partition).filter((name) => name.endsWith('.log'))
    const path = join(partition, first)
    const bytes = readFileSync(path)
    bytes[100] = (bytes[100] ?? 0) ^ 1
    writeFileSync(path, bytes)
    const readable = await readableBatches(partition)
    rmSync(join(dir, '.kafka_cleanshutdown'))
    writeFileSync(join(dir, 'recovery-point-offset-checkpoint'), garbage)
    expect((await repair(partition)).sound).toBe(true)
    expect(Object.fromEntries(await readableBatches(partition))).toMatchObject(
      Object.fromEntries(readable),
    )
  })
})

describe('repair', () => {
  it('changes nothing where nothing is wrong', async () => {
    const dir = golden()
    const before = filesBelow(dir)
    expect(await repair(dir)).toMatchObject({ sound: true, mended: [], left: [] })
    expect(filesBelow(dir)).toEqual(before)
    expect(await succeed(['repair', '--dir', dir])).toBe(`${dir}: sound, nothing to mend\n`)
  })

  it('says what it would do, and changes not one byte, with --dry-run', async () => {
    const dir = golden()
    appendFileSync(join(dir, 'recovery-point-offset-checkpoint'), garbage)
    writeFileSync(join(dir, 'segments-0/leader-epoch-checkpoint'), garbage)
    truncateSync(join(dir, 'codec-gzip-0/00000000000000000000.log'), 100)
    const before = filesBelow(dir)
    const { code, stdout } = await duramen(['repair', dir, '--dry-run'])
    expect([code, filesBelow(dir)]).toEqual([1, before])
    expect(stdout).toMatch(/leader-epoch-checkpoint: .*: to be made anew from the leader epochs/)
    expect(stdout).toMatch(/recovery-point-offset-checkpoint: .*: to be written anew/)
    const { mended } = await repair(dir)
    expect(mended.length).toBeGreaterThan(2)
    await expectSound(dir)
  })

  it('mends each partition of a data directory, and what they share once', async () => {
    const dir = await makeTopic()
    cpSync(join(dir, 'clicks-0'), join(dir, 'clicks-1'), { recursive: true })
    const harmed = [
      join(dir, 'log-start-offset-checkpoint'),
      join(dir, 'recovery-point-offset-checkpoint'),
      join(dir, 'clicks-0/00000000000000000000.timeindex'),
      join(dir, 'clicks-1/00000000000000000000.index'),
    ]
    for (const path of harmed) writeFileSync(path, garbage)
    for (const more of [['--dry-run'], []]) {
      const { mended } = await repair(dir, ...more)
      expect(mended.map(({ path }) => path)).toEqual(harmed)
    }
    await expectSound(dir)
    expect(await repair(dir)).toMatchObject({ sound: true, mended: [] })
    expect(readdirSync(dir)).toContain('.kafka_cleanshutdown')
  })

  it('takes the id of a topic from the catalog', async () => {
    const dir = await makeTopic()
    const metadata = join(dir, 'clicks-0/partition.metadata')
    const before = readFileSync(metadata, 'utf8')
    writeFileSync(metadata, garbage)
    const { mended } = await repair(dir)
    expect(mended.map(({ path }) => path)).toEqual([metadata])
    expect(readFileSync(metadata, 'utf8')).toBe(before)
  })

  it('leaves what cannot be known, says so, and ends with 1', async () => {
    const dir = await makeTopic()
    const metadata = join(dir, 'clicks-0/partition.metadata')
    rmSync(join(dir, 'duramen.topics'))
    const properties = join(dir, 'meta.properties')
    writeFileSync(metadata, garbage)
    appendFileSync(properties, garbage)
    const before = filesBelow(dir)
    for (const more of [[], ['--dry-run']]) {
      const { sound, left } = await repair(dir, ...more)
      expect([sound, left.map(({ path }) => path)]).toEqual([false, [metadata, properties]])
    }
    expect(filesBelow(dir)).toEqual(before)
  })

  it('leaves a batch whose CRC is good, whatever is in it', async () => {
    const dir = temporaryDirectory()
    const batch = batchOf(['x'.repeat(1000)], { compression: 'gzip' })
    batch.fill(0, 71, 80)
    batch.writeUInt32BE(crc32c(batch, 21), 17)
    const log = await openLog(join(dir, 'clicks-0'))
    await log.append({ value: 'sound' })
    await log.append(batch)
    await log.close()
    const before = filesBelow(dir)
    const path = join(dir, 'clicks-0/00000000000000000000.log')
    const left = [{ path, fromOffset: 1 }]
    expect(await repair(join(dir, 'clicks-0'))).toMatchObject({ sound: false, mended: [], left })
    expect(filesBelow(dir)).toEqual(before)
  })

  it('writes a line for each thing, and a summary', async () => {
    const dir = await makeTopic()
    const segment = join(dir, 'clicks-0/00000000000000000000.log')
    const bytes = readFileSync(segment)
    bytes[70] = (bytes[70] ?? 0) ^ 1
    writeFileSync(segment, bytes)
    const text = await succeed(['repair', '--dir', dir])
    const [line, summary] = text.split('\n')
    expect(line).toMatch(/0000\.log: \d+ bytes in 1 place hold no intact batch: written anew/)
    expect(line).toMatch(/; offsets 0 to \d+ are lost; the old one is .*\.log\.broken-\d+$/)
    expect(summary).toBe(`${dir}: 1 thing mended`)
    expect(await succeed(['verify', '--dir', dir])).toMatch(/\.log\.broken-\d+: note: set aside by/)
    const dump = await succeed(['dump', join(dir, 'clicks-0')])
    expect(dump).toMatch(/\.log\.broken-\d+ \(segment, set aside\)\n {2}position: 0 .*CRC does not/)
  })

  it('is refused beside an owner, with --dry-run too', async () => {
    const dir = await makeTopic()
    const owner = processAgent()
    await owner.open(join(dir, 'clicks-0'))
    for (const more of [[], ['--dry-run']]) {
      const { code, stderr } = await duramen(['repair', dir, ...more])
      expect([code, stderr]).toEqual([1, expect.stringContaining(`ERR_LOCKED: ${dir} is held by`)])
    }
  })

  it.each([
    ['a file', 'clicks-0/duramen.watermark', 'ERR_NOT_A_DIRECTORY'],
    ['nothing', 'none', 'ERR_NOT_FOUND'],
  ])('refuses %s', async (_, name, error) => {
    const dir = await makeTopic()
    const { code, stderr } = await duramen(['repair', join(dir, name)])
    expect([code, stderr]).toEqual([1, expect.stringContaining(error)])
  })
})
