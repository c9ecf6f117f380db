import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import type { Engine } from '../../src/engine.js'
import { dataDirectory, openEngine } from '../support/engines.js'
import { valuesOf } from '../support/logs.js'

const count = 200
const numbers = Array.from({ length: count }, (_, number) => number)

function used(): { files: number; maps: number } {
  return {
    files: readdirSync('/proc/self/fd').length,
    maps: readFileSync('/proc/self/maps', 'latin1')
      .split('\n')
      .filter((line) => line.includes('/clicks-')).length,
  }
}

/** How many handles libuv looks at when one of them wakes the event loop. */
function asyncHandles(): number {
  const { libuv } = process.report.getReport() as unknown as { libuv: { type: string }[] }
  return libuv.filter(({ type }) => type === 'async').length
}

const logsOf = (engine: Engine) =>
  Promise.all(numbers.map((number) => engine.log('clicks', number)))

describe.runIf(process.platform === 'linux')('logs that nobody appends to', () => {
  it('cost neither descriptor nor map, new or after a clean close, and are read all the same', async () => {
    const directory = dataDirectory()
    const engine = await openEngine(directory, { flush: 'sync' })
    await engine.createTopic('clicks', { partitions: count })
    const before = used()
    const logs = await logsOf(engine)
    expect(used().files).toBeLessThan(before.files + 10)
    expect(used().maps).toBe(0)
    await Promise.all(logs.map((log) => log.append([{ value: `of ${log.partition}` }])))
    expect(used().maps).toBeGreaterThanOrEqual(count)
    await engine.close()

    const again = await openEngine(directory, { flush: 'sync' })
    const opened = await logsOf(again)
    expect(used().files).toBeLessThan(before.files + 10)
    expect(used().maps).toBe(0)
    for (const log of opened) {
      expect(log.info).toMatchObject({ clean: true, findings: [] })
      expect(valuesOf(log.readSync(0))).toEqual([`of ${log.partition}`])
    }
  })

  it('share one handle of the event loop, and hold no memory for batches', async () => {
    const engine = await openEngine()
    await engine.createTopic('clicks', { partitions: count })
    const [handles, { arrayBuffers }] = [asyncHandles(), process.memoryUsage()]
    await logsOf(engine)
    expect(asyncHandles()).toBe(handles)
    expect(process.memoryUsage().arrayBuffers - arrayBuffers).toBeLessThan(count * 4096)
  })

  it('are opened a few at a time, where the descriptors do not suffice for all', async () => {
    const directory = dataDirectory()
    const engine = await openEngine(directory)
    await engine.createTopic('clicks', { partitions: count })
    await logsOf(engine)
    await engine.close()
    const program = join(import.meta.dirname, 'open-all.mjs')
    const limited = 'ulimit -n 150; exec "$0" "$@"'
    const args = ['-c', limited, process.execPath, program, directory, 'clicks']
    const { stdout } = await promisify(execFile)('sh', args)
    expect(stdout).toBe(`${count}\n`)
  })

  it('take appends, cuts and deletions as any other', async () => {
    const directory = dataDirectory()
    const engine = await openEngine(directory, { flush: 'sync' })
    await engine.createTopic('clicks', { config: { segmentBytes: 4096 } })
    const log = await engine.log('clicks', 0)
    for (let i = 0; i < 20; i++) await log.append([{ value: 'v'.repeat(1000) }])
    await engine.close()

    const deleting = await openEngine(directory, { flush: 'sync' })
    const resting = await deleting.log('clicks', 0)
    const view = resting.readSync(0)
    await resting.deleteBefore(10)
    expect(resting.logStartOffset).toBe(10)
    expect(valuesOf(view).length).toBeGreaterThan(0)
    await deleting.close()

    const cutting = await openEngine(directory, { flush: 'sync' })
    const cut = await cutting.log('clicks', 0)
    await cut.truncateTo(15)
    expect([cut.logStartOffset, cut.logEndOffset]).toEqual([10, 15])
    await cutting.close()

    const appending = await openEngine(directory, { flush: 'sync' })
    const last = await appending.log('clicks', 0)
    expect(await last.append([{ value: 'next' }])).toMatchObject({ baseOffset: 15 })
    expect(last.info.findings).toEqual([])
  })

  it('any more give back what they held, and go on with the next append', async () => {
    const engine = await openEngine(undefined, { flush: 'sync', retentionCheckIntervalMs: 0 })
    await engine.createTopic('clicks', { partitions: count })
    const logs = await logsOf(engine)
    const before = used()
    const append = () => Promise.all(logs.map((log) => log.append([{ value: 'v' }])))
    for (let round = 1; round < 3; round++) {
      await append()
      const held = used()
      expect(held.files).toBeGreaterThan(before.files + count)
      for (let run = 0; run < 2; run++) await engine.applyRetention()
      expect(used().files).toBeLessThan(before.files + 10)
      expect(used().maps).toBe(0)
      for (const log of logs) expect(log.readSync(0).nextOffset).toBe(round)
    }
    await append()
    for (const log of logs) expect(log.logEndOffset).toBe(3)
  })
})
