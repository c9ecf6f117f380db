import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, it } from 'vitest'
import { PartitionLog } from '../../src/log/index.js'
import { partitionPath, readAll } from '../support/logs.js'

// DURAMEN_KILL_CYCLES sets how often; DURAMEN_SEED repeats a run.
const cycles = Number(process.env.DURAMEN_KILL_CYCLES ?? 20)
const seed = Number(process.env.DURAMEN_SEED ?? Date.now() % 2 ** 31)
const program = join(import.meta.dirname, 'acknowledging-writer.mjs')

/** A generator of whole numbers below `bound` that `seed` determines. */
function numbers(from: number): (bound: number) => number {
  let state = from | 1
  return (bound) => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5
    return ((state ^ (state >>> 13)) >>> 0) % bound
  }
}

function forgetFrom(expected: Map<number, string>, offset: number): void {
  for (const known of [...expected.keys()]) if (known >= offset) expected.delete(known)
}

interface Acknowledged {
  readonly offset: number
  readonly value: string
}

/** Runs the writer until it has acknowledged `after` appends and then some; all of them. */
async function writeAndKill(directory: string, options: object, after: number, mode: string) {
  const child = spawn(process.execPath, [program, directory, JSON.stringify(options), mode], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const acknowledged: Acknowledged[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    // The kill may cut the last line short.
    const match = /^(\d+) (\S+);$/.exec(line)
    if (match === null) continue
    acknowledged.push({ offset: Number(match[1]), value: match[2] as string })
    if (acknowledged.length === after) child.kill('SIGKILL')
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  expect(child.signalCode).toBe('SIGKILL')
  return acknowledged
}

const writers: [string, object, string][] = [
  ['sync', { flush: 'sync', segmentBytes: 32_768 }, 'records'],
  ['os', { flush: 'os', segmentBytes: 32_768, indexIntervalBytes: 512 }, 'records'],
  ['os, columns', { flush: 'os', segmentBytes: 65_536 }, 'columns'],
  ['sync, truncating now and then', { flush: 'sync', segmentBytes: 16_384 }, 'cuts'],
]

it(`no acknowledged record is lost in ${cycles} kills`, {
  timeout: 60_000 + cycles * 5000,
}, async () => {
  const random = numbers(seed)
  for (let cycle = 0; cycle < cycles; cycle++) {
    const [policy, options, mode] = writers[cycle % writers.length] as (typeof writers)[number]
    const context = `cycle ${cycle} (${policy}), DURAMEN_SEED=${seed}`
    const directory = partitionPath()
    const expected = new Map<number, string>()
    for (let round = 0; round < 2; round++) {
      for (const { offset, value } of await writeAndKill(
        directory,
        options,
        1 + random(800),
        mode,
      )) {
        if (value === 'cut') forgetFrom(expected, offset)
        else expected.set(offset, value)
      }
      const log = await PartitionLog.open(directory, options)
      expect(
        log.info.findings.filter(({ kind }) => kind === 'corruption'),
        context,
      ).toEqual([])
      const found = await readAll(log)
      expect(
        found.map(({ offset }) => offset),
        context,
      ).toEqual(found.map((_, i) => i))
      const values = new Map(found.map(({ offset, value }) => [offset, String(value)]))
      const lost = [...expected].filter(([offset, value]) => values.get(offset) !== value)
      expect(lost, context).toEqual([])
      const { baseOffset } = await log.append({ value: `between-${round}` })
      expect(baseOffset, context).toBe(found.length)
      expected.set(baseOffset, `between-${round}`)
      expect((await log.verify()).findings, context).toEqual([])
      await log.close()
    }
  }
})
