import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { unpackGolden } from '../support/golden.js'
import { openLog, temporaryDirectory } from '../support/logs.js'
import { duramen, succeed } from './command.js'

interface Dumped {
  readonly path: string
  readonly kind: string
  readonly entries: readonly { readonly [field: string]: unknown }[]
}

async function dumped(path: string, ...options: string[]): Promise<Dumped> {
  return JSON.parse(await succeed(['dump', path, '--json', ...options]))
}

describe('dump of what Kafka wrote', () => {
  const golden = () => {
    const dir = temporaryDirectory()
    unpackGolden('clean', dir)
    return dir
  }

  it('shows the batches of a segment, and its records when asked to', async () => {
    const path = join(golden(), 'transactions-0/00000000000000000020.log')
    const { kind, entries } = await dumped(path)
    expect(kind).toBe('segment')
    expect(entries[0]).toMatchObject({ position: 0, baseOffset: 20, isValid: true })
    expect(entries.some(({ isControl }) => isControl)).toBe(true)
    expect(entries.some(({ isTransactional }) => isTransactional)).toBe(true)
    const withRecords = await dumped(path, '--records')
    const records = withRecords.entries.filter(({ baseOffset }) => baseOffset === undefined)
    const counts = entries.map(({ recordCount }) => Number(recordCount))
    expect(records.length).toBe(counts.reduce((sum, count) => sum + count))
    expect(records[0]).toMatchObject({ offset: 20, headers: [] })
  })

  it('shows each other kind of file', async () => {
    const dir = golden()
    const files = readdirSync(join(dir, 'segments-0')).map((name) => join('segments-0', name))
    const index = files.find((name) => name.endsWith('.index')) ?? ''
    const expectations: readonly (readonly [string, string, object])[] = [
      [index, 'offset index', { segmentPosition: expect.any(Number) }],
      [index.replace('.index', '.timeindex'), 'time index', { timestamp: expect.any(Number) }],
      ['transactions-0/00000000000000000020.txnindex', 'transaction index', { version: 0 }],
      [
        'segments-0/00000000000000006956.snapshot',
        'producer snapshot',
        { lastSequence: expect.any(Number) },
      ],
      [
        'segments-0/leader-epoch-checkpoint',
        'leader epoch checkpoint',
        { epoch: 0, startOffset: 0 },
      ],
      ['segments-0/partition.metadata', 'partition metadata', { version: 0 }],
      [
        'recovery-point-offset-checkpoint',
        'offset checkpoint',
        { topic: 'segments', partition: 0 },
      ],
      ['meta.properties', 'directory properties', { 'node.id': '1' }],
      [
        '.kafka_cleanshutdown',
        'clean shutdown marker',
        { text: expect.stringContaining('brokerEpoch') },
      ],
    ]
    for (const [name, kind, entry] of expectations) {
      const file = await dumped(join(dir, name))
      expect(file.kind).toBe(kind)
      expect(file.entries).toContainEqual(expect.objectContaining(entry))
    }
  })

  it('shows whole directories, as text and as JSON', async () => {
    const dir = golden()
    const files: Dumped[] = JSON.parse(await succeed(['dump', dir, '--json']))
    expect(files.length).toBeGreaterThan(50)
    const text = await succeed(['dump', join(dir, 'codec-gzip-0'), '--records'])
    expect(text).toContain(`${join(dir, 'codec-gzip-0/partition.metadata')} (partition metadata)\n`)
    expect(text).toMatch(/\n {2}position: 0 baseOffset: 0 .* compression: gzip /)
  })
})

describe('dump of what we wrote', () => {
  const topic = async () => {
    const dir = temporaryDirectory()
    await succeed(['produce', 'clicks', '--dir', dir], 'a\nb\n')
    return join(dir, 'clicks-0')
  }

  it('shows the watermark, which agrees with the log', async () => {
    const dir = await topic()
    const { entries } = await dumped(join(dir, 'duramen.watermark'))
    const log = await openLog(dir, { readOnly: true })
    const { logEndOffset, logStartOffset, highWatermark, durableOffset } = log
    const marks = { logEndOffset, logStartOffset, highWatermark, segmentBaseOffset: 0 }
    expect(entries).toContainEqual(expect.objectContaining({ mark: 'live', ...marks }))
    const durable = entries.filter(({ mark }) => mark === 'durable')
    expect(durable.map((slot) => slot.valid)).toEqual([true, true])
    expect(Math.max(...durable.map((slot) => Number(slot.durableOffset)))).toBe(durableOffset)
    const batch = { batchPosition: 0, batchBaseOffset: 0, fenced: false, hasGaps: false }
    expect(durable).toContainEqual(expect.objectContaining(batch))
  })

  it('shows what is damaged, and ends with 1', async () => {
    const path = join(await topic(), '00000000000000000000.log')
    const copy = join(temporaryDirectory(), '00000000000000000000.log')
    const bytes = readFileSync(path)
    writeFileSync(copy, Buffer.concat([bytes, Buffer.from(bytes).fill(7, 16, 17)]))
    const { code, stdout } = await duramen(['dump', copy])
    expect(code).toBe(1)
    expect(stdout).toMatch(new RegExp(`position: ${bytes.length} fault: .*magic 7`))
  })

  it('shows who held the lock, and a spare segment', async () => {
    const dir = await topic()
    const lock = await dumped(join(dir, '../.lock'))
    expect(lock).toMatchObject({ kind: 'lock', entries: [{ processId: process.pid }] })
    const spare = join(dir, 'next.spare')
    writeFileSync(spare, Buffer.alloc(5000))
    expect(await dumped(spare)).toMatchObject({ kind: 'segment', entries: [] })
  })

  it('shows what was set aside as far as it goes, which beside others is no fault', async () => {
    const dir = await topic()
    const bytes = readFileSync(join(dir, '00000000000000000000.log'))
    const aside = join(dir, '00000000000000000000.log.broken-1')
    writeFileSync(aside, Buffer.concat([bytes, Buffer.alloc(100, 7)]))
    writeFileSync(join(dir, 'leader-epoch-checkpoint.broken-2'), 'nonsense')
    expect((await duramen(['dump', dir])).code).toBe(0)
    const { code, stdout } = await duramen(['dump', aside, '--json'])
    const { kind, entries }: Dumped = JSON.parse(stdout)
    expect([code, kind]).toEqual([1, 'segment, set aside'])
    expect(entries).toMatchObject([{ baseOffset: 0 }, { fault: expect.any(String) }])
  })

  it('refuses a directory without a file of a log', async () => {
    for (const option of [[], ['--json']]) {
      const { code, stdout, stderr } = await duramen(['dump', temporaryDirectory(), ...option])
      expect([code, stdout]).toEqual([1, ''])
      expect(stderr).toContain('holds no file of a log')
    }
  })

  it('refuses a file of another kind', async () => {
    const path = join(temporaryDirectory(), 'notes.txt')
    writeFileSync(path, '')
    const { code, stderr } = await duramen(['dump', path])
    expect([code, stderr]).toEqual([1, expect.stringContaining('ERR_INVALID_ARGUMENT')])
  })
})
