import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { DuramenError } from '../../src/errors.js'
import { LogView, PartitionLog, type PartitionLogOptions } from '../../src/log/index.js'
import {
  BatchBuilder,
  type Record,
  RecordCursor,
  type RecordInput,
} from '../../src/record/index.js'

/** A directory that goes when the test has finished. */
export function temporaryDirectory(below = tmpdir()): string {
  const directory = mkdtempSync(join(below, 'duramen-test-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** The same in memory, where a flush costs nothing: for tests that open hundreds of logs. */
export function memoryDirectory(): string {
  return temporaryDirectory(existsSync('/dev/shm') ? '/dev/shm' : tmpdir())
}

/** Where a partition's log may be made: `clicks-0` in a directory of its own. */
export function partitionPath(): string {
  return join(temporaryDirectory(), 'clicks-0')
}

/** A log that is closed when the test has finished. */
export async function openLog(
  directory = partitionPath(),
  options: PartitionLogOptions = {},
): Promise<PartitionLog> {
  const log = await PartitionLog.open(directory, options)
  onTestFinished(() => log.close().catch(() => {}))
  return log
}

/** The code with which `work` fails; any other failure is passed on. */
export async function codeOf(work: () => unknown): Promise<string> {
  return (await faultOf(work))?.code ?? 'no error'
}

export async function faultOf(work: () => unknown): Promise<DuramenError | undefined> {
  try {
    await work()
    return undefined
  } catch (error) {
    if (error instanceof DuramenError) return error
    throw error
  }
}

export function valuesOf(view: Iterable<Record>): string[] {
  return Array.from(view, (record) => String(record.value))
}

/** Records with these values, one after the other. */
export function records(...values: string[]): RecordInput[] {
  return values.map((value) => ({ value }))
}

/** Every record that readers may see, from `offset` on. */
export async function readAll(log: PartitionLog, offset = log.logStartOffset): Promise<Record[]> {
  const found: Record[] = []
  let view = await log.read(offset)
  for (; !view.isEmpty; view = await log.read(view.nextOffset)) found.push(...view)
  return found
}

/** A ready batch of records with these values. */
export function batchOf(values: readonly string[], options = {}): Buffer {
  const builder = new BatchBuilder(options)
  for (const value of values) builder.append({ value }, 1000)
  return Buffer.from(builder.build())
}

/** Sizes of the batches in a view, in order. */
export function batchSizes(view: LogView): number[] {
  const sizes: number[] = []
  const { bytes } = view
  for (let at = 0; at < bytes.length; at += sizes.at(-1) ?? 0) {
    sizes.push(12 + bytes.readInt32BE(at + 8))
  }
  return sizes
}

/** What identifies a record and all that it holds, for comparing with others. */
export function plain(record: Record) {
  const { offset, timestamp, timestampType, key, value, headers, leaderEpoch } = record
  const text = (bytes: Buffer | null) => bytes?.toString('base64') ?? null
  return {
    offset,
    timestamp,
    timestampType,
    key: text(key),
    value: text(value),
    headers: headers.map(([name, bytes]) => [name, text(bytes)]),
    leaderEpoch,
  }
}

/** Resolves when the event loop has come round once. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

export { LogView, PartitionLog, RecordCursor }
