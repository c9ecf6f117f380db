import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { duramen } from '../cli/command.js'
import { KilledLog } from '../support/killed-log.js'
import { batchOf, openLog, readAll } from '../support/logs.js'
import { readableBatches } from '../support/readable.js'

const program = join(import.meta.dirname, 'repair-and-die.mjs')
const options = { segmentBytes: 4096 } as const
const batches = Array.from({ length: 60 }, (_, i) => [`${i}`.padStart(300, '.')])

/** Two segments with damage, and one that is gone; what stands in the two then. */
function harm(directory: string): Buffer[] {
  const segments = readdirSync(directory).filter((name) => /^\d{20}\.log$/.test(name))
  const [first = '', second = '', third = ''] = segments.sort().map((name) => join(directory, name))
  for (const path of [first, second]) {
    const bytes = readFileSync(path)
    bytes.fill(7, 900, 950)
    writeFileSync(path, bytes)
  }
  rmSync(third)
  return [first, second].map((path) => readFileSync(path))
}

async function dieAt(call: number, directory: string): Promise<number | null> {
  const child = spawn(process.execPath, [program, String(call), directory], { stdio: 'ignore' })
  const [code] = await once(child, 'exit')
  return code
}

it('a repair that dies before any of its steps loses nothing, and the next one finishes', async () => {
  const killed = await KilledLog.make(batches, options, async (agent) => {
    for (let leaderEpoch = 1; leaderEpoch < 40; leaderEpoch++) {
      await agent.call('append', batchOf(['v'.repeat(300)]), { leaderEpoch })
    }
    await agent.call('close')
  })
  const { directory } = killed
  let code: number | null = null
  let calls = 0
  for (; code === null; calls++) {
    killed.restore()
    const damaged = harm(directory)
    const readable = Object.fromEntries(await readableBatches(directory))
    for (const name of ['leader-epoch-checkpoint', 'recovery-point-offset-checkpoint']) {
      writeFileSync(join(directory, name), 'garbage')
    }
    const index = readdirSync(directory).find((name) => name.endsWith('.timeindex')) ?? ''
    writeFileSync(join(directory, index), 'garbage')
    code = await dieAt(calls, directory)
    const { stdout } = await duramen(['repair', directory, '--json'])
    expect(JSON.parse(stdout), `call ${calls}`).toMatchObject({ sound: true, left: [] })
    expect(Object.fromEntries(await readableBatches(directory))).toMatchObject(readable)
    const kept = readdirSync(directory).map((name) => readFileSync(join(directory, name)))
    for (const bytes of damaged) expect(kept.some((other) => other.equals(bytes))).toBe(true)
    const epochs = 'leader-epoch-checkpoint'
    expect(readFileSync(join(directory, epochs)), `call ${calls}`).toEqual(killed.contentOf(epochs))
    const log = await openLog(directory, options)
    expect([log.info.findings, log.logEndOffset], `call ${calls}`).toEqual([
      [],
      batches.length + 39,
    ])
    expect((await readAll(log)).length, `call ${calls}`).toBe(Object.keys(readable).length)
    await log.close()
  }
  expect([code, calls > 12]).toEqual([0, true])
}, 120_000)
