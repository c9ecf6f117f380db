import { appendFileSync, cpSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Agent } from '../support/agent.js'
import { KilledLog } from '../support/killed-log.js'
import { openLog, readAll } from '../support/logs.js'
import { readableBatches } from '../support/readable.js'
import {
  change,
  expectMended,
  lastBatchIn,
  lostIn,
  repair,
  segmentsOf,
} from '../support/repairs.js'

const options = { segmentBytes: 4096, indexIntervalBytes: 512 } as const
const batches = Array.from({ length: 60 }, (_, i) => [`${i}a`.padStart(200, '.'), `${i}b`])
const end = 120

const endings: [string, (agent: Agent) => Promise<unknown>][] = [
  ['closed', (agent) => agent.call('close')],
  ['killed', async () => {}],
]

/** Files of their own: the watermark then means nothing. */
function copyTo(to: string, directory: string): void {
  rmSync(to, { recursive: true })
  cpSync(directory, to, { recursive: true })
}

describe.each(endings)('a log that was %s, repaired', { timeout: 120_000 }, (_, finish) => {
  const make = () => KilledLog.make(batches, options, finish)

  it('has every intact batch, whatever byte of a segment was damaged', async () => {
    const killed = await make()
    const { directory } = killed
    const paths = segmentsOf(directory)
    const batch = 12 + killed.contentOf('00000000000000000000.log').readInt32BE(8)
    // In the header of a batch, and in its record.
    const places = [0, 7, 8, 10, 11, 16, 17, 22, 26, 42, 60, 61, 100, batch - 1]
    for (const [i, place] of places.entries()) {
      killed.restore()
      // What is under no checksum can be told from what stands around it.
      const isProven = place <= 16
      const whole = await readableBatches(directory)
      const path = paths[i % 2] as string
      const position = (i % 3) * 4 * batch + place
      change(path, (bytes) => {
        bytes[position] = (bytes[position] ?? 0) ^ (1 << (i % 8))
      })
      const report = await expectMended(
        directory,
        `${path} ${position}`,
        isProven ? whole : undefined,
      )
      expect([place, lostIn(report).length]).toEqual([place, isProven ? 0 : 2])
    }
  })

  it('puts the last batch of a segment right whatever bit of its base offset is flipped', async () => {
    const killed = await make()
    const { directory } = killed
    const path = segmentsOf(directory)[0] as string
    const whole = await readableBatches(directory)
    const position = lastBatchIn(readFileSync(path))
    for (let bit = 0; bit < 64; bit += 5) {
      killed.restore()
      change(path, (bytes) => {
        const at = position + (bit >> 3)
        bytes[at] = (bytes[at] ?? 0) ^ (1 << (bit & 7))
      })
      const report = await expectMended(directory, `bit ${bit}`, whole)
      expect(lostIn(report), `bit ${bit}`).toEqual([])
    }
  })

  it('names what is lost where batches were taken out', async () => {
    const killed = await make()
    const { directory } = killed
    const path = segmentsOf(directory)[0] as string
    const bytes = readFileSync(path)
    const [start, end] = [1, 2].map((n) => n * (12 + bytes.readInt32BE(8)))
    const base = Number(bytes.readBigInt64BE(start))
    const next = Number(bytes.readBigInt64BE(end))
    writeFileSync(path, Buffer.concat([bytes.subarray(0, start), bytes.subarray(end)]))
    const report = await expectMended(directory, 'a batch taken out')
    const lost = lostIn(report)
    expect(lost).toEqual(
      expect.arrayContaining(Array.from({ length: next - base }, (_, i) => base + i)),
    )
    const log = await openLog(directory)
    const found = (await readAll(log)).map(({ offset }) => offset)
    const all = Array.from({ length: log.logEndOffset }, (_, offset) => offset)
    expect([...lost, ...found].toSorted((a, b) => a - b)).toEqual(all)
  })

  it('keeps every batch where segments have changed places', async () => {
    const killed = await make()
    const { directory } = killed
    const [first, second] = segmentsOf(directory) as [string, string]
    const contents = [readFileSync(first), readFileSync(second)]
    writeFileSync(first, contents[1] as Buffer)
    writeFileSync(second, contents[0] as Buffer)
    await expectMended(directory, 'changed places')
  })

  it.each([0, 3])('keeps the damaged segment, several damages in it, %i', async (at) => {
    const killed = await make()
    const { directory } = killed
    killed.restore()
    const path = segmentsOf(directory)[at] as string
    change(path, (bytes) => {
      for (const position of [100, 1100, 1200, 3000]) bytes.fill(0, position, position + 30)
    })
    const damaged = readFileSync(path)
    const { mended } = await expectMended(directory, path)
    const kept = mended.find((one) => one.path === path)?.movedTo ?? ''
    expect(readFileSync(kept)).toEqual(damaged)
  })

  it('goes on behind zeros, a segment that was cut, or is gone, or empty', async () => {
    const killed = await make()
    const { directory } = killed
    const paths = segmentsOf(directory)
    const third = paths[2] as string
    const harms: [string, () => unknown][] = [
      ['zeros at the end', () => change(third, (bytes) => bytes.fill(0, bytes.length - 700))],
      ['cut in a batch', () => truncateSync(third, 1000)],
      ['cut to nothing', () => truncateSync(third, 0)],
      ['zeros only', () => change(third, (bytes) => bytes.fill(0))],
      ['removed', () => rmSync(third)],
      ['two removed', () => paths.slice(2, 4).map((path) => rmSync(path))],
    ]
    for (const [what, harm] of harms) {
      killed.restore()
      harm()
      const report = await expectMended(directory, what)
      expect(lostIn(report).length, what).toBeGreaterThan(2)
    }
  })

  it('loses nothing to bytes that stand between batches, in front or behind', async () => {
    const killed = await make()
    const { directory } = killed
    const [first = '', second = ''] = segmentsOf(directory)
    for (const path of [first, second]) {
      killed.restore()
      const batch = 12 + readFileSync(path).readInt32BE(8)
      for (const position of [0, batch, 5 * batch, readFileSync(path).length]) {
        killed.restore()
        const bytes = readFileSync(path)
        const parts = [bytes.subarray(0, position), Buffer.alloc(99, 7), bytes.subarray(position)]
        const readable = await readableBatches(directory)
        writeFileSync(path, Buffer.concat(parts))
        const report = await expectMended(directory, `${path} ${position}`, readable)
        expect(lostIn(report), `${path} ${position}`).toEqual([])
      }
    }
  })

  it('ends where it did when its last segment is gone or damaged', async () => {
    const killed = await make()
    const { directory } = killed
    const last = segmentsOf(directory).at(-1) as string
    const harms: [string, () => void][] = [
      ['removed', () => rmSync(last)],
      ['cut', () => truncateSync(last, 100)],
      ['flipped at its end', () => change(last, (bytes) => bytes.fill(7, 10, 400))],
    ]
    for (const [what, harm] of harms) {
      killed.restore()
      harm()
      await expectMended(directory, what)
      const log = await openLog(directory, options)
      expect(log.logEndOffset, what).toBe(end + 1)
      await log.close()
    }
  })

  it('has every record where bytes stand behind its end, or a checkpoint is beyond it', async () => {
    const killed = await make()
    const { directory } = killed
    const last = segmentsOf(directory).at(-1) as string
    const line = '0\n1\nclicks 0 5000\n'
    const harms: [string, () => void][] = [
      ['torn tail', () => appendFileSync(last, Buffer.alloc(100, 7))],
      ...['log-start', 'recovery-point', 'cleaner'].map((name): [string, () => void] => [
        name,
        () => writeFileSync(join(directory, `${name}-offset-checkpoint`), line),
      ]),
    ]
    for (const [what, harm] of harms) {
      // Without a watermark the recovery point is the witness of a closed log's end.
      const copies = what === 'log-start' ? [killed.copy()] : []
      for (const at of [directory, ...copies]) {
        killed.restore()
        const readable = await readableBatches(directory)
        harm()
        if (at !== directory) copyTo(at, directory)
        const report = await expectMended(at, what, readable)
        expect([lostIn(report), report.mended.length], what).toEqual([[], 1])
      }
    }
  })

  it('starts where its segments do when the first is gone', async () => {
    const killed = await make()
    const { directory } = killed
    killed.restore()
    const [first = '', second = ''] = segmentsOf(directory)
    rmSync(first)
    const report = await repair(directory)
    const base = Number.parseInt(second.slice(-24), 10)
    expect(report).toMatchObject({ sound: true, mended: expect.any(Array) })
    expect(lostIn(report)).toEqual(Array.from({ length: base }, (_, offset) => offset))
    const log = await openLog(directory, options)
    expect([log.logStartOffset, log.logEndOffset]).toEqual([base, end])
  })

  it('has indexes again that were damaged, cut or without a segment; a missing one opening makes', async () => {
    const many = Array.from({ length: 200 }, () => batches[0] as string[])
    const killed = await KilledLog.make(many, { segmentBytes: 16_384 }, finish)
    const { directory } = killed
    const second = segmentsOf(directory)[1] as string
    for (const kind of ['.index', '.timeindex']) {
      const path = second.replace('.log', kind)
      const whole = killed.contentOf(path.slice(directory.length + 1))
      const harms: [string, () => void][] = [
        ['flipped', () => change(path, (bytes) => bytes.fill(9, 2, 3))],
        ['cut', () => truncateSync(path, whole.length - 3)],
      ]
      for (const [what, harm] of harms) {
        killed.restore()
        harm()
        const { mended } = await expectMended(directory, `${kind} ${what}`)
        expect(mended.map((one) => one.path)).toContain(path)
        expect(readFileSync(path)).toEqual(whole)
      }
    }
    killed.restore()
    rmSync(second.replace('.log', '.index'))
    expect(await repair(directory, '--dry-run')).toMatchObject({ sound: true, mended: [] })
    await (await openLog(directory, { segmentBytes: 16_384 })).close()
    expect(readFileSync(second.replace('.log', '.index'))).toHaveLength(
      killed.contentOf(second.slice(directory.length + 1).replace('.log', '.index')).length,
    )
    killed.restore()
    writeFileSync(join(directory, '00000000000000000077.index'), 'an orphan')
    const { mended } = await expectMended(directory, 'orphan')
    expect(readFileSync(mended[0]?.movedTo ?? '', 'latin1')).toBe('an orphan')
  })
})
