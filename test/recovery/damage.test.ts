import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { BatchBuilder } from '../../src/record/index.js'
import { processAgent } from '../support/agent.js'
import { KilledLog, overwrite } from '../support/killed-log.js'
import { codeOf, faultOf, openLog, PartitionLog, partitionPath, readAll } from '../support/logs.js'

const options = { segmentBytes: 4096, indexIntervalBytes: 512 } as const
const batches = Array.from({ length: 60 }, (_, i) => [
  `${i}a`.padStart(120, '.'),
  `${i}b`.padStart(120, '.'),
])

interface Batch {
  readonly path: string
  readonly position: number
  readonly size: number
  readonly baseOffset: number
  readonly isLast: boolean
}

/** Every batch of the segments in `directory`. */
function batchesIn(directory: string): Batch[] {
  const found: Batch[] = []
  const names = readdirSync(directory).filter((name) => /^\d{20}\.log$/.test(name))
  for (const name of names.sort()) {
    const path = join(directory, name)
    const content = readFileSync(path)
    for (let at = 0; at + 61 <= content.length && content[at + 16] === 2; ) {
      const size = 12 + content.readInt32BE(at + 8)
      const baseOffset = Number(content.readBigInt64BE(at))
      found.push({ path, position: at, size, baseOffset, isLast: baseOffset === 118 })
      at += size
    }
  }
  expect(found).toHaveLength(60)
  return found
}

/** Reads around the damage of one batch, and checks that nothing else is missing. */
async function expectOnlyMissing(log: PartitionLog, { baseOffset }: Batch, what: string) {
  const fault = await faultOf(() => readAll(log, baseOffset))
  expect(fault, what).toMatchObject({
    code: 'ERR_CORRUPT_BATCH',
    fromOffset: baseOffset,
    toOffset: baseOffset + 1,
    kafkaCode: 2,
  })
  let before = 0
  while (before < baseOffset) before = (await log.read(before, { maxBytes: 700 })).nextOffset
  expect(before, what).toBe(baseOffset)
  const behind = await readAll(log, baseOffset + 2)
  expect(behind.length, what).toBe(log.logEndOffset - baseOffset - 2)
}

const places: [string, number][] = [
  ['base offset', 7],
  ['length', 11],
  ['length, making it huge', 8],
  ['magic', 16],
  ['CRC', 17],
  ['count', 60],
  ['records', 100],
]

describe.each(places)('a flipped byte in the %s of a committed batch', (_, byte) => {
  const flip = ({ path, position }: Batch) => {
    const original = readFileSync(path).readUInt8(position + byte)
    overwrite(path, position + byte, Uint8Array.of(original ^ 0x04))
  }

  it('after a kill costs that batch, and appends go on', async () => {
    const killed = await KilledLog.make(batches, options)
    killed.restore()
    const all = batchesIn(killed.directory)
    for (const batch of all.filter((_, i) => i % 7 === 0 || i === 59)) {
      killed.restore()
      flip(batch)
      const what = `batch ${batch.baseOffset}`
      const log = await PartitionLog.open(killed.directory, options)
      expect(log.logEndOffset, what).toBe(120)
      await expectOnlyMissing(log, batch, what)
      expect(await log.append({ value: 'new' }), what).toEqual({ baseOffset: 120 })
      expect((await log.verify()).findings.length, what).toBeGreaterThan(0)
      await log.close()
      const again = await PartitionLog.open(killed.directory, options)
      expect(again.logEndOffset, what).toBe(121)
      await expectOnlyMissing(again, batch, what)
      await again.close()
    }
  })

  it('of a log that was closed costs that batch', async () => {
    const directory = partitionPath()
    const log = await openLog(directory, options)
    for (const values of batches) {
      log.appendSync(values.map((value) => ({ value })))
    }
    await log.close()
    const batch = batchesIn(directory)[31] as Batch
    flip(batch)
    const reader = await openLog(directory, { ...options, readOnly: true })
    await expectOnlyMissing(reader, batch, 'read-only')
    await reader.close()
    const again = await openLog(directory, options)
    await expectOnlyMissing(again, batch, 'opened')
    expect(await again.append({ value: 'new' })).toEqual({ baseOffset: 120 })
  })
})

describe('a damaged index', () => {
  const kinds = ['.index', '.timeindex'] as const
  const damages: [string, (content: Buffer) => Buffer][] = [
    ['removed', () => Buffer.alloc(0)],
    ['zeros', (content) => Buffer.alloc(content.length)],
    ['garbage', (content) => Buffer.alloc(content.length, 0x5a)],
    ['shortened by a byte', (content) => content.subarray(0, -1)],
    ['with a byte flipped', (content) => content.fill((content[5] ?? 0) ^ 1, 5, 6)],
  ]

  it.each(damages)('loses no record: %s', async (_, damage) => {
    const directory = partitionPath()
    const log = await openLog(directory, options)
    for (const [i, values] of batches.entries()) {
      log.appendSync(values.map((value) => ({ value, timestamp: 1000 + i })))
    }
    await log.close()
    for (const name of readdirSync(directory)) {
      if (!kinds.some((kind) => name.endsWith(kind))) continue
      const path = join(directory, name)
      const content = damage(readFileSync(path))
      if (content.length === 0) rmSync(path)
      else writeFileSync(path, content)
    }
    for (const readOnly of [true, false]) {
      const again = await openLog(directory, { ...options, readOnly })
      expect((await readAll(again)).map(({ offset }) => offset)).toHaveLength(120)
      for (let i = 0; i < 60; i += 7) {
        expect((await again.read(2 * i)).baseOffset).toBe(2 * i)
        expect((await again.offsetForTimestamp(1000 + i))?.offset).toBe(2 * i)
      }
      if (!readOnly) expect(await again.append({ value: 'new' })).toEqual({ baseOffset: 120 })
      await again.close()
    }
  })
})

describe('a log in which gaps are allowed', () => {
  it('has a damaged offset at the end of a segment reported, and readers told of it', async () => {
    const directory = partitionPath()
    const before = await openLog(directory, { segmentBytes: 4096 })
    for (let i = 0; i < 30; i++) {
      const builder = new BatchBuilder({ baseOffset: 10 * i })
      builder.append({ value: 'v'.repeat(300) })
      await before.append(Buffer.from(builder.build()), { offsets: 'keep' })
    }
    await before.close()
    const [segment, next] = readdirSync(directory)
      .filter((name) => name.endsWith('.log'))
      .sort()
    const path = join(directory, segment as string)
    const successor = Number.parseInt(next as string, 10)
    const content = readFileSync(path)
    const size = 12 + content.readInt32BE(8)
    overwrite(path, content.length - size + 5, Buffer.of(1))
    const log = await openLog(directory, { segmentBytes: 4096 })
    expect((await log.verify()).findings).toMatchObject([{ path, position: content.length - size }])
    const fault = await faultOf(() => readAll(log))
    expect(fault).toMatchObject({ code: 'ERR_CORRUPT_BATCH', toOffset: successor - 1 })
    expect((await readAll(log, successor)).map(({ offset }) => offset)).toContain(290)
    const tailed = (async () => {
      for await (const view of log.tail(0)) view.release()
    })()
    await expect(tailed).rejects.toMatchObject({ code: 'ERR_CORRUPT_BATCH' })
  })
})

describe('recovery: strict', () => {
  it('refuses where intact batches stand behind a damaged one that nobody acknowledged', async () => {
    const killed = await KilledLog.make(batches.slice(0, 10), {})
    const directory = killed.copy()
    overwrite(join(directory, '00000000000000000000.log'), 100, Buffer.from('damage'))
    expect(await codeOf(() => PartitionLog.open(directory, { recovery: 'strict' }))).toBe(
      'ERR_CORRUPT_LOG',
    )
    const log = await openLog(directory)
    expect(log.info.findings[0]?.kind).toBe('torn-tail')
    expect(readdirSync(directory).some((name) => name.includes('.broken-'))).toBe(true)
  })
})

describe('a damaged last batch of a log that was closed', () => {
  it('keeps every byte, the zeros at its end too', async () => {
    const directory = partitionPath()
    const before = await openLog(directory)
    for (let i = 0; i < 10; i++) await before.append({ value: `${i}` })
    await before.close()
    const path = join(directory, '00000000000000000000.log')
    const content = readFileSync(path)
    overwrite(path, content.length - (12 + content.readInt32BE(8)) + 7, Buffer.of(77))
    const harmed = readFileSync(path)
    await (await openLog(directory)).close()
    expect(readFileSync(path).equals(harmed)).toBe(true)
  })
})

describe('the channel duramen:log:recovered', () => {
  it('tells what opening a log has found, and nothing of a clean one', async () => {
    const told: unknown[] = []
    const note = (message: unknown) => told.push(message)
    subscribe('duramen:log:recovered', note)
    const directory = (await KilledLog.make(batches.slice(0, 10), {})).copy()
    overwrite(join(directory, '00000000000000000000.log'), 100, Buffer.from('damage'))
    const log = await openLog(directory)
    const { findings } = log.info
    expect(findings).not.toEqual([])
    expect(told).toEqual([{ directory, findings }])
    await log.close()
    expect((await openLog(directory)).info.findings).toEqual([])
    expect(told).toHaveLength(1)
    unsubscribe('duramen:log:recovered', note)
  })
})

describe('a log whose owner was killed', () => {
  it('can be read by another process before anybody recovers it', async () => {
    const killed = await KilledLog.make(batches, options)
    const before = new Map(
      readdirSync(killed.directory).map((name) => [name, killed.contentOf(name)]),
    )
    const agent = processAgent()
    await agent.open(killed.directory, { readOnly: true })
    expect(await agent.call('get', 'logEndOffset')).toBe(120)
    await agent.call('close')
    for (const [name, content] of before) {
      expect(readFileSync(join(killed.directory, name)).equals(content), name).toBe(true)
    }
    expect(readdirSync(killed.directory).sort()).toEqual([...before.keys()].sort())
  })
})
