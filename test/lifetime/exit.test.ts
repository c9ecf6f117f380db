import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { memoryDirectory, openLog, readAll } from '../support/logs.js'

// DURAMEN_EXIT_CYCLES sets how many processes end in each way.
const cycles = Number(process.env.DURAMEN_EXIT_CYCLES ?? 5)
const program = join(import.meta.dirname, 'exits.mjs')

async function runOnce(args: string[]): Promise<void> {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  const output = Promise.all([text(child.stdout), text(child.stderr)])
  const [code, signal] = await once(child, 'exit')
  expect({ code, signal, output: (await output).join('') }).toEqual({
    code: 0,
    signal: null,
    output: '',
  })
}

/** Runs `count` of them, as many at a time as there are processors. */
async function runMany(count: number, args: (index: number) => string[]): Promise<void> {
  let started = 0
  const lane = async () => {
    while (started < count) await runOnce(args(started++))
  }
  await Promise.all(Array.from({ length: availableParallelism() }, lane))
}

const ways = [
  'natural',
  'exit',
  'exit while it works',
  'exit while it closes',
  'exit while it opens',
  'exit while it waits',
]

describe.each([
  ['the main thread', []],
  ['a worker alone', ['worker']],
])('a process in which %s has logs open and views alive', (_, where) => {
  it.each(ways)('ends well: %s', { timeout: 30_000 + cycles * 2000 }, async (way) => {
    const root = memoryDirectory()
    await runMany(cycles, (index) => [way, join(root, `clicks-${index}`), ...where])
    const log = await openLog(join(root, 'clicks-0'), { segmentBytes: 65_536 })
    expect(log.info.findings.filter(({ kind }) => kind === 'corruption')).toEqual([])
    expect((await readAll(log)).length).toBeGreaterThanOrEqual(200)
  })
})
