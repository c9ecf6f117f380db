import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { memoryDirectory, openLog, partitionPath } from '../support/logs.js'

// DURAMEN_TERMINATE_CYCLES sets how many workers are terminated in each kind of work.
const cycles = Number(process.env.DURAMEN_TERMINATE_CYCLES ?? 7)

function start(program: string, ...args: string[]) {
  const path = join(import.meta.dirname, program)
  const child = spawn(process.execPath, [path, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  return { child, errors: text(child.stderr), exited: once(child, 'exit') }
}

/** What a program prints, when it ends well. */
async function outputOf(program: string, ...args: string[]): Promise<string> {
  const { child, errors, exited } = start(program, ...args)
  const output = await text(child.stdout)
  expect([...(await exited), await errors]).toEqual([0, null, ''])
  return output
}

describe('a worker', () => {
  it('may be terminated in whatever it does, and the next one finds a whole log', {
    timeout: 30_000 + cycles * 10_000,
  }, async () => {
    const directory = join(memoryDirectory(), 'clicks-0')
    expect(await outputOf('terminations.mjs', directory, `${cycles}`)).toBe('done\n')
  })
})

describe('the garbage collector', () => {
  it('leaves bytes alone that a Buffer shows, and frees the rest', async () => {
    const output = await outputOf('programs.mjs', 'collected', partitionPath())
    expect(JSON.parse(output)).toEqual({ wrong: 0, pinned: true, released: true })
  })

  it('leaves views alone whose records are deleted, and frees their files', async () => {
    const output = await outputOf('retention.mjs', partitionPath())
    const all = { wrong: 0, records: 5000 }
    expect(JSON.parse(output)).toEqual({ seen: [all, all], segmentCount: 1, pinned: 0 })
  })

  it('takes views and logs that were forgotten', async () => {
    const output = await outputOf('programs.mjs', 'abandoned', partitionPath())
    expect(JSON.parse(output)).toEqual({ ended: true })
  })
})

describe('a process', () => {
  it('is kept alive by an append that is not yet durable', async () => {
    expect(await outputOf('programs.mjs', 'append', partitionPath())).toBe('stored 0\n')
  })

  it('is kept alive by a tail that waits when that of another log is left', async () => {
    expect(await outputOf('programs.mjs', 'one of two tails', partitionPath())).toBe('found late\n')
  })

  it('is kept alive by a tail that waits', async () => {
    const directory = partitionPath()
    const log = await openLog(directory)
    const { child, errors, exited } = start('programs.mjs', 'tail', directory)
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    expect((await lines.next()).value).toBe('waiting')
    await log.append({ value: 'late' })
    expect((await lines.next()).value).toBe('found late')
    expect([...(await exited), await errors]).toEqual([0, null, ''])
  })

  it('is not kept alive by a tail that was left', async () => {
    expect(await outputOf('programs.mjs', 'left tail', partitionPath())).toBe('done true\n')
  })
})
