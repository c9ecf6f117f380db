import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { describe, expect, it, vi } from 'vitest'
import { openLog, PartitionLog, partitionPath, readAll, valuesOf } from '../support/logs.js'

const options = { segmentBytes: 64 * 1024 } as const
const value = 'v'.repeat(8000)

/** Descriptors and mappings of this process that name a file of the directory. */
function heldOf(directory: string): string[] {
  const held: string[] = []
  for (const name of readdirSync('/proc/self/fd')) {
    try {
      held.push(readlinkSync(`/proc/self/fd/${name}`))
    } catch {
      // The one that listed them.
    }
  }
  held.push(...readFileSync('/proc/self/maps', 'utf8').split('\n'))
  return held.filter((name) => name.includes(directory))
}

/** A background task may be about to let go. */
async function expectNothingHeld(directory: string, except?: string): Promise<void> {
  const held = () => heldOf(directory).filter((name) => !except || !name.includes(except))
  await vi.waitFor(() => expect(held()).toEqual([]), { timeout: 2000, interval: 10 })
}

describe.each(['os', 'sync'] as const)('a log that was closed, with %s', (flush) => {
  it('holds neither descriptors nor mappings, without a garbage collection', async () => {
    const directory = partitionPath()
    const logs: PartitionLog[] = []
    for (let i = 0; i < 50; i++) {
      const log = await PartitionLog.open(directory, { ...options, flush })
      await log.append([{ value }, { value }])
      expect(valuesOf(await log.read(log.logEndOffset - 2))).toHaveLength(2)
      expect(heldOf(directory).length).toBeGreaterThan(2)
      await log.close()
      await expectNothingHeld(directory)
      logs.push(log)
    }
    expect(logs.map((log) => log.logEndOffset)).toEqual(logs.map((_, i) => 2 * i + 2))
    expect(logs.at(-1)?.info.segmentCount).toBeGreaterThan(5)
  })

  it('holds nothing that a reader of it had either', async () => {
    const directory = partitionPath()
    const log = await openLog(directory, { ...options, flush })
    for (let i = 0; i < 20; i++) await log.append({ value })
    for (let i = 0; i < 3; i++) {
      const reader = await PartitionLog.open(directory, { ...options, flush, readOnly: true })
      expect(await readAll(reader, 18)).toHaveLength(2)
      await reader.close()
    }
    await log.close()
    await expectNothingHeld(directory)
    for (let i = 0; i < 3; i++) {
      const reader = await PartitionLog.open(directory, { ...options, readOnly: true })
      expect(await readAll(reader, 18)).toHaveLength(2)
      await reader.close()
    }
    await expectNothingHeld(directory)
  })

  it('keeps the numbers that it had, and views that were read from it', async () => {
    const directory = partitionPath()
    const log = await openLog(directory, { flush })
    for (let i = 0; i < 40; i++) await log.append({ value: `${i}${value}` })
    const view = await log.read(0)
    const { info } = log
    await log.close()
    expect(valuesOf(view)[1]).toBe(`1${value}`)
    expect(view.valid).toBe(true)
    await expectNothingHeld(directory, '.log')
    expect([log.logStartOffset, log.logEndOffset, log.highWatermark]).toEqual([0, 40, 40])
    expect(log.info).toEqual(info)
  })
})
