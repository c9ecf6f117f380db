import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { loadNative } from '../../src/binding.js'
import { isSegmentName } from '../../src/log/files/kinds.js'
import {
  batchOf,
  openLog,
  type PartitionLog,
  partitionPath,
  records,
  turn,
} from '../support/logs.js'

const compressed = (i: number) => ({ compression: i % 2 === 0 ? 'none' : 'lz4' }) as const

async function filled(directory = partitionPath()): Promise<PartitionLog> {
  const log = await openLog(directory, { segmentBytes: 4096, indexIntervalBytes: 200 })
  for (let i = 0; i < 50; i++) {
    log.appendSync({ value: `${i}`.padStart(300, '.'), timestamp: 1000 + i }, compressed(i))
  }
  await log.close()
  return log
}

function change(directory: string, ending: string, edit: (bytes: Buffer) => Buffer): string {
  const [name] = readdirSync(directory)
    .filter((file) => file.endsWith(ending))
    .sort()
  const path = join(directory, name as string)
  writeFileSync(path, edit(readFileSync(path)))
  return path
}

const flipped = (position: number) => (bytes: Buffer) => {
  bytes.writeUInt8(bytes.readUInt8(position) ^ 1, position)
  return bytes
}

describe('verify', () => {
  it('counts what there is', async () => {
    const log = await openLog()
    await log.append(records('a', 'b'))
    await log.append(batchOf(['c', 'd', 'e']))
    const report = await log.verify()
    const { sizeInBytes } = await log.read(0)
    expect(report).toMatchObject({
      segments: 1,
      batches: 2,
      records: 5,
      bytes: sizeInBytes,
      nextOffset: 5,
      findings: [],
    })
  })

  it('is content with an empty log', async () => {
    const log = await openLog()
    expect(await log.verify()).toMatchObject({ batches: 0, records: 0, findings: [] })
  })

  it('changes nothing', async () => {
    const { directory } = await filled()
    const content = () =>
      readdirSync(directory).map((name) => [name, readFileSync(join(directory, name), 'hex')])
    const before = content()
    const log = await openLog(directory, { readOnly: true })
    expect((await log.verify()).findings).toEqual([])
    expect(content()).toEqual(before)
  })

  it.each([
    ['a record', '.log', flipped(200), /CRC/],
    ['a length', '.log', flipped(11), /./],
    ['a base offset', '.log', flipped(7), /./],
    ['a magic byte', '.log', flipped(16), /./],
    ['the end', '.log', (bytes: Buffer) => bytes.subarray(0, -10), /cut short|missing/],
    ['an offset of an index', '.index', flipped(3), /index entry/],
    ['a position of an index', '.index', flipped(7), /index entry/],
    ['a timestamp of an index', '.timeindex', flipped(7), /index entry/],
    ['an offset of a time index', '.timeindex', flipped(11), /index entry/],
  ])('finds damage: %s', async (_, ending, edit, what) => {
    const { directory } = await filled()
    const path = change(directory, ending, edit)
    const log = await openLog(directory, { readOnly: true })
    const [finding] = (await log.verify()).findings
    expect(finding).toMatchObject({ path, what: expect.stringMatching(what) })
    expect(finding?.position).toBeGreaterThanOrEqual(0)
  })

  it('passes over a segment that is removed between listing and opening it', async () => {
    const { directory } = await filled()
    const log = await openLog(directory, { readOnly: true })
    const native = loadNative()
    const { verify } = native
    const [last = ''] = readdirSync(directory).filter(isSegmentName).sort().reverse()
    vi.spyOn(native, 'verify').mockImplementationOnce((path, gapsBelow, done) =>
      verify(path, gapsBelow, (error, report) => {
        done(error, report)
        void turn().then(() => rmSync(join(directory, last)))
      }),
    )
    expect((await log.verify()).findings).toEqual([])
    expect(readdirSync(directory)).not.toContain(last)
  })

  it('passes over a batch that is only being written', async () => {
    const log = await openLog()
    await log.append(records('a', 'b'))
    const path = join(log.directory, '00000000000000000000.log')
    const found = (fromOffset: number) => ({ path, position: 70, fromOffset, what: 'a fault' })
    const native = loadNative()
    const { verify } = native
    vi.spyOn(native, 'verify').mockImplementationOnce((directory, gapsBelow, done) =>
      verify(directory, gapsBelow, (error, report) =>
        done(error, { ...report, findings: [found(1), found(2)] }),
      ),
    )
    expect((await log.verify()).findings).toEqual([found(1)])
  })

  it('finds nothing wrong while appends and rolls go on', async () => {
    const options = { flush: 'os', segmentBytes: 65_536, indexIntervalBytes: 0 } as const
    const log = await openLog(partitionPath(), options)
    let isOver = false
    const appending = (async () => {
      for (let i = 0; i < 2000; i++) {
        log.appendSync(records('v'.repeat(i % 700)), compressed(i))
        if (i % 2 === 0) await turn()
      }
      isOver = true
    })()
    let rounds = 0
    for (; !isOver; rounds++) {
      const { findings, nextOffset } = await log.verify()
      expect(findings).toEqual([])
      expect(nextOffset).toBeLessThanOrEqual(log.logEndOffset)
    }
    await appending
    expect(rounds).toBeGreaterThan(1)
    expect((await log.verify()).records).toBe(2000)
  })
})
