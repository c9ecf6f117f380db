import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { type LogView, openLog, type PartitionLog, partitionPath } from './logs.js'

export const filledOptions = { segmentBytes: 1 << 20, flush: 'os' } as const

/** Enough for views that are windows on the file, and for some that are copies. */
export async function filledLog(directory = partitionPath()): Promise<PartitionLog> {
  const log = await openLog(directory, filledOptions)
  for (let i = 0; i < 2500; i++) await log.append({ value: `${i}`.padStart(1000, '.') })
  return log
}

/** A view that is a window on a sealed segment, one on the active segment, and a copy of its end. */
export async function threeViews(log: PartitionLog): Promise<LogView[]> {
  const views = [await log.read(0), await log.read(2100), await log.read(2499)]
  expect(views.map(({ sizeInBytes }) => sizeInBytes > 100_000)).toEqual([true, true, false])
  return views
}

/** What stands in the segment file with that base offset. */
export function segmentFile(log: PartitionLog, baseOffset: number): Buffer {
  const stem = `${baseOffset}`.padStart(20, '0')
  return readFileSync(join(log.directory, `${stem}.log`))
}
