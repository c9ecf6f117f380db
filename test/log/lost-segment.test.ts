import { readdirSync, rmSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  codeOf,
  faultOf,
  openLog,
  type PartitionLog,
  partitionPath,
  readAll,
  records,
  valuesOf,
} from '../support/logs.js'

const policies = ['os', 'sync'] as const
const value = 'v'.repeat(10_000)

/** Three sealed segments of about 250 KB and an active one, with a record a batch. */
async function filled(flush: 'os' | 'sync'): Promise<PartitionLog> {
  const log = await openLog(partitionPath(), { flush, segmentBytes: 256 * 1024 })
  for (let i = 0; i < 90; i++) log.appendSync({ value })
  await log.flush()
  expect(log.info.segmentCount).toBe(4)
  return log
}

function segmentPaths(log: PartitionLog): string[] {
  return readdirSync(log.directory)
    .filter((name) => /^\d{20}\.log$/.test(name))
    .sort()
    .map((name) => join(log.directory, name))
}

describe.each(policies)('a segment that someone else cuts short, with %s', (flush) => {
  it('poisons its own views and reads, and nothing else', async () => {
    const log = await filled(flush)
    const [first] = segmentPaths(log)
    const lost = await log.read(0)
    const sound = await log.read(30)
    const untouched = await log.read(0)
    expect(lost.bytes[100]).toBeDefined()
    truncateSync(first as string, 0)
    let sum = 0
    for (const byte of lost.bytes) sum += byte
    expect(sum).toBe(0)
    expect([lost.valid, untouched.valid, sound.valid]).toEqual([false, false, true])
    expect(await codeOf(() => log.read(0))).toBe('ERR_SEGMENT_LOST')
    expect(await codeOf(() => log.readSync(5))).toBe('ERR_SEGMENT_LOST')
    expect(valuesOf(sound)[0]).toBe(value)
    expect(valuesOf(await log.read(30))[0]).toBe(value)
    expect(await log.append({ value: 'more' })).toEqual({ baseOffset: 90 })
    expect(valuesOf(await log.read(90))).toEqual(['more'])
  })

  it('is reported by verify and at the next opening, which reads what is left', async () => {
    const log = await filled(flush)
    const [, second] = segmentPaths(log)
    truncateSync(second as string, 100_000)
    const { findings } = await log.verify()
    expect(findings[0]).toMatchObject({ path: second, fromOffset: 35 })
    expect(await codeOf(() => log.close())).toBe('ERR_SEGMENT_LOST')
    const again = await openLog(log.directory, { flush, segmentBytes: 256 * 1024 })
    const fault = await faultOf(() => readAll(again))
    expect(fault).toMatchObject({ code: 'ERR_CORRUPT_BATCH', path: second })
    const { fromOffset = 0, toOffset = 0 } = fault ?? {}
    expect(await readAll(again, toOffset + 1)).toHaveLength(90 - toOffset - 1)
    expect((await again.read(0)).nextOffset).toBeLessThanOrEqual(fromOffset)
    expect(await again.append({ value: 'more' })).toEqual({ baseOffset: 90 })
  })

  it('refuses appends where it was the active one, and other logs serve', async () => {
    const other = await openLog()
    const log = await filled(flush)
    truncateSync(segmentPaths(log).at(-1) as string, 0)
    expect(await codeOf(() => log.append({ value }))).toBe('ERR_SEGMENT_LOST')
    expect(await codeOf(() => log.append({ value }))).toBe('ERR_SEGMENT_LOST')
    expect(log.logEndOffset).toBe(90)
    expect(valuesOf(await log.read(0, { maxBytes: 1 }))).toEqual([value])
    await other.append(records('served'))
    expect(await readAll(other)).toHaveLength(1)
    expect(await codeOf(() => log.close())).toBe('ERR_SEGMENT_LOST')
    const again = await openLog(log.directory, { flush, segmentBytes: 256 * 1024 })
    expect(again.info.findings).toMatchObject([{ kind: 'corruption' }])
    expect(again.logEndOffset).toBe(90)
    expect(await again.append({ value })).toEqual({ baseOffset: 90 })
    expect(valuesOf(await again.read(90))).toEqual([value])
    expect(valuesOf(await again.read(0, { maxBytes: 1 }))).toEqual([value])
  })
})

describe.each(policies)('a segment that someone else removes, with %s', (flush) => {
  it('stays in views of it, is missed afterwards, and the others serve', async () => {
    const log = await filled(flush)
    const [, second] = segmentPaths(log)
    const view = await log.read(26)
    rmSync(second as string)
    expect(valuesOf(view)[0]).toBe(value)
    expect(view.valid).toBe(true)
    expect(valuesOf(await log.read(0))[0]).toBe(value)
    expect(valuesOf(await log.read(80))[0]).toBe(value)
    expect(await log.append({ value: 'more' })).toEqual({ baseOffset: 90 })
    expect((await log.verify()).findings.length).toBeGreaterThan(0)
    // Told where the log did not have the file open any more.
    await codeOf(() => log.close())
    const again = await openLog(log.directory, { flush, segmentBytes: 256 * 1024 })
    const fault = await faultOf(() => readAll(again))
    expect(fault?.code).toBe('ERR_CORRUPT_BATCH')
    const from = (fault?.toOffset ?? 0) + 1
    expect(await readAll(again, from)).toHaveLength(91 - from)
    expect(await again.append({ value: 'more' })).toEqual({ baseOffset: 91 })
  })

  it('costs the records in it, where it was the active one', async () => {
    const log = await filled(flush)
    rmSync(segmentPaths(log).at(-1) as string)
    const appended = await log.append({ value: 'into a file without a name' })
    expect(appended).toEqual({ baseOffset: 90 })
    expect(await readAll(log)).toHaveLength(91)
    await codeOf(() => log.close())
    const again = await openLog(log.directory, { flush, segmentBytes: 256 * 1024 })
    const { baseOffset } = await again.append({ value: 'after' })
    expect(valuesOf(await again.read(baseOffset))).toEqual(['after'])
    expect(valuesOf(await again.read(0, { maxBytes: 1 }))).toEqual([value])
  })
})
