import { join } from 'node:path'
import type { Record } from '../../src/record/index.js'
import { openLog, readAll } from '../support/logs.js'

/** The records of a partition, read with the library. */
export async function recordsOf(dir: string, partition = 'clicks-0'): Promise<Record[]> {
  const log = await openLog(join(dir, partition), { readOnly: true })
  return readAll(log)
}

export async function valuesIn(dir: string, partition?: string): Promise<(string | undefined)[]> {
  return (await recordsOf(dir, partition)).map(({ value }) => value?.toString('latin1'))
}
