import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { duramen } from '../cli/command.js'
import { openLog, readAll } from './logs.js'
import { filesBelow, readableBatches } from './readable.js'

// The oracle: what a reader could read before a repair, it reads after it, byte for byte; nothing
// that was replaced is gone; and then nothing is left to find.

export interface Report {
  readonly sound: boolean
  readonly mended: readonly {
    readonly path: string
    readonly movedTo?: string
    readonly lost?: readonly { readonly fromOffset: number; readonly toOffset: number }[]
  }[]
  readonly left: readonly object[]
}

export async function repair(directory: string, ...more: string[]): Promise<Report> {
  const { code, stdout, stderr } = await duramen(['repair', directory, '--json', ...more])
  expect(stderr).toBe('')
  const report: Report = JSON.parse(stdout)
  expect(code).toBe(report.sound ? 0 : 1)
  return report
}

export function lostIn({ mended }: Report): number[] {
  const ranges = mended.flatMap(({ lost = [] }) => lost)
  return ranges.flatMap(({ fromOffset, toOffset }) =>
    Array.from({ length: toOffset - fromOffset + 1 }, (_, i) => fromOffset + i),
  )
}

/** The last segment grows and is trimmed; of all others every byte is still there. */
export function expectKept(
  before: Map<string, string>,
  after: Map<string, string>,
  what: string,
): void {
  const contentOf = (text: string) => text.split(' ')[2]
  const kept = new Set([...after.values()].map(contentOf))
  const files = [...before].filter(([path]) => /\d{20}\.(log|index|timeindex)$/.test(path)).sort()
  const last = files.at(-1)?.[0].slice(0, -'timeindex'.length)
  for (const [path, text] of files) {
    if (!path.startsWith(`${last}`))
      expect(kept.has(contentOf(text)), `${what}: ${path}`).toBe(true)
  }
}

/** Repairs, and asks the oracle. */
export async function expectMended(
  directory: string,
  what: string,
  before?: Map<number, string>,
): Promise<Report> {
  const readable = before ?? (await readableBatches(directory))
  const files = filesBelow(directory)
  const planned = await repair(directory, '--dry-run')
  expect(filesBelow(directory), what).toEqual(files)
  expect(planned.sound, what).toBe(false)

  const report = await repair(directory)
  expect([report.sound, report.left], what).toEqual([true, []])
  expect(lostIn(planned), what).toEqual(lostIn(report))
  expectKept(files, filesBelow(directory), what)
  const { stdout } = await duramen(['verify', directory, '--json'])
  expect(JSON.parse(stdout).findings, what).toEqual([])
  const after = await readableBatches(directory)
  expect(Object.fromEntries(after), what).toMatchObject(Object.fromEntries(readable))

  const log = await openLog(directory)
  expect(log.info.findings, what).toEqual([])
  const offsets = (await readAll(log)).map(({ offset }) => offset)
  const lost = new Set(lostIn(report))
  const all = Array.from({ length: log.logEndOffset }, (_, offset) => offset)
  expect(offsets, what).toEqual(all.filter((offset) => !lost.has(offset)))
  expect(await log.append({ value: 'new' }), what).toEqual({ baseOffset: log.logEndOffset - 1 })
  await log.close()
  expect(await repair(directory), what).toMatchObject({ sound: true, mended: [] })
  return report
}

export function segmentsOf(directory: string): string[] {
  return readdirSync(directory)
    .filter((name) => /^\d{20}\.log$/.test(name))
    .sort()
    .map((name) => join(directory, name))
}

/** Where the last batch of a segment stands. */
export function lastBatchIn(segment: Buffer): number {
  let last = 0
  for (let at = 0; at + 61 <= segment.length && segment[at + 16] === 2; ) {
    last = at
    at += 12 + segment.readInt32BE(at + 8)
  }
  return last
}

export function change(path: string, how: (bytes: Buffer) => void): void {
  const bytes = readFileSync(path)
  how(bytes)
  writeFileSync(path, bytes)
}
