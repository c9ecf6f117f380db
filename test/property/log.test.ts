import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PartitionLog, type PartitionLogOptions } from '../../src/log/index.js'
import { codeOf, memoryDirectory } from '../support/logs.js'
import { type LogLike, ModelLog } from '../support/model-log.js'
import { anyCommands, anyLogOptions, type Pair } from './commands.js'

// DURAMEN_SEED repeats a run, DURAMEN_RUNS sets how many sequences it has.
const seed = Number(process.env.DURAMEN_SEED ?? Date.now() % 2 ** 31)
const numRuns = Number(process.env.DURAMEN_RUNS ?? 100)

/** Runs any commands on a log and its model; `wrap` may change what the log does. */
function property(wrap: (log: PartitionLog) => LogLike) {
  return fc.asyncProperty(anyLogOptions, anyCommands(), async (options, commands) => {
    const directory = `${memoryDirectoryOfRun()}/clicks-0`
    const open = async (given: PartitionLogOptions) =>
      wrap(await PartitionLog.open(directory, given))
    const pair: Pair = { log: await open(options), reopen: open }
    try {
      await fc.asyncModelRun(() => ({ model: new ModelLog(4096), real: pair }), commands)
      await pair.log.flush()
      const { options: same } = pair.log as PartitionLog
      const last = await PartitionLog.open(directory, { ...same, readOnly: true })
      expect((await last.verify()).findings).toEqual([])
      await last.close()
    } finally {
      await codeOf(() => pair.log.close())
    }
  })
}

let root = ''
let run = 0
function memoryDirectoryOfRun(): string {
  return `${root}/${run++}`
}

describe(`with DURAMEN_SEED=${seed}, any sequence of calls`, () => {
  it('leaves a log like its model', { timeout: 60_000 + numRuns * 1000 }, async () => {
    root = memoryDirectory()
    await fc.assert(
      property((log) => log),
      { seed, numRuns },
    )
  })

  // The check itself is checked: each of these logs is wrong in a way that it must find.
  it.each<[string, (log: PartitionLog) => LogLike]>([
    [
      'keeps a record too many at a cut',
      (log) => changed(log, 'truncateTo', (offset) => Math.min(offset + 1, log.logEndOffset)),
    ],
    [
      'reads from one offset too far on',
      (log) => changed(log, 'read', (offset) => Math.min(offset + 1, log.logEndOffset)),
    ],
    [
      'deletes one record too few',
      (log) => changed(log, 'deleteBefore', (offset) => Math.max(offset - 1, 0)),
    ],
  ])('finds a log that %s', { timeout: 60_000 }, async (_, wrap) => {
    root = memoryDirectory()
    await expect(fc.assert(property(wrap), { seed, numRuns, endOnFailure: true })).rejects.toThrow()
  })
})

/** `log`, whose `method` gets another offset than it was given. */
function changed<M extends 'truncateTo' | 'read' | 'deleteBefore'>(
  log: PartitionLog,
  method: M,
  change: (offset: number) => number,
): LogLike {
  return new Proxy(log, {
    get(target, name) {
      const value = Reflect.get(target, name, target)
      if (typeof value !== 'function') return value
      if (name !== method) return value.bind(target)
      return (offset: number, ...rest: unknown[]) => value.call(target, change(offset), ...rest)
    },
  })
}
