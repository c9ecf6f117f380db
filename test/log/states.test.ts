import { describe, expect, it } from 'vitest'
import type { PartitionLog } from '../../src/log/index.js'
import { threadAgent } from '../support/agent.js'
import { batchOf, codeOf, openLog, partitionPath, readAll, records } from '../support/logs.js'

const columns = { values: Buffer.from('ab'), valueLengths: Int32Array.of(1, 1) }

type Call = (log: PartitionLog) => unknown

const writing: Record<string, Call> = {
  append: (log) => log.append(records('x')),
  'append of a ready batch': (log) => log.append(batchOf(['x'])),
  appendSync: (log) => log.appendSync(records('x')),
  appendColumns: (log) => log.appendColumns(columns),
  flush: (log) => log.flush(),
  truncateTo: (log) => log.truncateTo(0),
  deleteBefore: (log) => log.deleteBefore(0),
}

const reading: Record<string, Call> = {
  read: (log) => log.read(0),
  readSync: (log) => log.readSync(0),
  offsetForTimestamp: (log) => log.offsetForTimestamp(0),
}

const always: Record<string, Call> = {
  verify: (log) => log.verify(),
  close: (log) => log.close(),
  'asynchronous disposal': (log) => log[Symbol.asyncDispose](),
  'the getters': (log) => [
    log.logStartOffset,
    log.logEndOffset,
    log.highWatermark,
    log.durableOffset,
    log.isFenced,
    log.info,
  ],
}

/** A state, how a log gets there, and what writing and reading then give. */
interface State {
  readonly name: string
  readonly enter: (directory: string) => Promise<PartitionLog>
  readonly writing: string
  readonly reading: string
}

async function threeRecords(directory: string): Promise<PartitionLog> {
  const log = await openLog(directory)
  await log.append(records('a', 'b', 'c'))
  return log
}

const states: State[] = [
  { name: 'an open log', enter: threeRecords, writing: 'no error', reading: 'no error' },
  {
    name: 'a log with a tail that waits',
    async enter(directory) {
      const log = await threeRecords(directory)
      void log.tail(3).next()
      return log
    },
    writing: 'no error',
    reading: 'no error',
  },
  {
    name: 'a closed log',
    async enter(directory) {
      const log = await threeRecords(directory)
      await log.close()
      return log
    },
    writing: 'ERR_CLOSED',
    reading: 'ERR_CLOSED',
  },
  {
    name: 'a log that is being closed',
    async enter(directory) {
      const log = await threeRecords(directory)
      void log.close()
      return log
    },
    writing: 'ERR_CLOSED',
    reading: 'ERR_CLOSED',
  },
  {
    name: 'a read-only log without an owner',
    async enter(directory) {
      await (await threeRecords(directory)).close()
      return openLog(directory, { readOnly: true })
    },
    writing: 'ERR_READ_ONLY',
    reading: 'no error',
  },
  {
    name: 'a read-only log beside its owner',
    async enter(directory) {
      await threeRecords(directory)
      return openLog(directory, { readOnly: true })
    },
    writing: 'ERR_READ_ONLY',
    reading: 'no error',
  },
  {
    name: 'a closed read-only log',
    async enter(directory) {
      await (await threeRecords(directory)).close()
      const log = await openLog(directory, { readOnly: true })
      await log.close()
      return log
    },
    writing: 'ERR_CLOSED',
    reading: 'ERR_CLOSED',
  },
  {
    name: 'a second handle',
    async enter(directory) {
      await threeRecords(directory)
      return openLog(directory)
    },
    writing: 'ERR_NOT_APPENDER',
    reading: 'no error',
  },
  {
    name: 'a second handle that is closed',
    async enter(directory) {
      await threeRecords(directory)
      const second = await openLog(directory)
      await second.close()
      return second
    },
    writing: 'ERR_CLOSED',
    reading: 'ERR_CLOSED',
  },
  {
    name: 'the appender, closed before a second handle',
    async enter(directory) {
      const first = await threeRecords(directory)
      await openLog(directory)
      await first.close()
      return first
    },
    writing: 'ERR_CLOSED',
    reading: 'ERR_CLOSED',
  },
  {
    name: 'a handle beside an appender in another thread',
    async enter(directory) {
      const agent = threadAgent()
      await agent.open(directory)
      await agent.call('append', records('a', 'b', 'c'))
      return openLog(directory)
    },
    writing: 'ERR_NOT_APPENDER',
    reading: 'no error',
  },
]

describe.each(states)('$name', ({ enter, ...expected }) => {
  it('gives each method its result or its error, and loses nothing', async () => {
    const directory = partitionPath()
    const codes: Record<string, string> = {}
    const wanted: Record<string, string> = {}
    const note = async (calls: Record<string, Call>, code: string, log: PartitionLog) => {
      for (const [name, call] of Object.entries(calls)) {
        wanted[name] = code
        codes[name] = await codeOf(() => call(log))
      }
    }
    const log = await enter(directory)
    await note(reading, expected.reading, log)
    await note(writing, expected.writing, log)
    await note(always, 'no error', log)
    expect(codes).toEqual(wanted)
    const after = await openLog(directory, { readOnly: true })
    const values = (await readAll(after)).map(({ value }) => String(value))
    expect(values).toEqual(expected.writing === 'no error' ? [] : ['a', 'b', 'c'])
  })

  it('ends a tail, or lets it wait', async () => {
    const log = await enter(partitionPath())
    const tail = log.tail(0)
    const first = await tail.next()
    if (expected.reading === 'ERR_CLOSED') {
      expect(first).toEqual({ done: true, value: undefined })
      return
    }
    expect(first.done).toBe(false)
    const second = tail.next()
    await log.close()
    expect(await second).toEqual({ done: true, value: undefined })
  })
})

describe('close', () => {
  it('gives every caller the same end, and leaves no handle behind', async () => {
    const directory = partitionPath()
    const log = await openLog(directory)
    const closed = log.close()
    expect(log.close()).toBe(closed)
    await closed
    expect(log.close()).toBe(closed)
    await (await openLog(directory)).append(records('again'))
  })

  it('waits for the appends that are pending', async () => {
    const directory = partitionPath()
    const log = await openLog(directory)
    const pending = Array.from({ length: 100 }, () => log.append(records('x')))
    let acknowledged = 0
    for (const append of pending) {
      void append.then(() => {
        acknowledged++
      })
    }
    await log.close()
    expect(acknowledged).toBe(100)
    expect(log.durableOffset).toBe(100)
  })

  it('of the appender makes its appends durable while others keep the log open', async () => {
    const directory = partitionPath()
    const first = await openLog(directory)
    const second = await openLog(directory)
    const pending = Array.from({ length: 100 }, () => first.append(records('x')))
    await first.close()
    expect(await Promise.all(pending)).toHaveLength(100)
    expect(second).toMatchObject({ highWatermark: 100, logEndOffset: 100 })
    expect(await codeOf(() => second.append(records('y')))).toBe('ERR_NOT_APPENDER')
    const third = await openLog(directory)
    expect(await third.append(records('y'))).toEqual({ baseOffset: 100 })
  })

  it.each(['os', 'sync'] as const)(
    'under %s leaves a log that opens without a scan',
    async (flush) => {
      const directory = partitionPath()
      const log = await openLog(directory, { flush })
      const value = 'x'.repeat(1000)
      for (let i = 0; i < 1000; i++) log.appendSync({ value })
      await log.close()
      const again = await openLog(directory, { flush })
      expect(again.info.findings).toEqual([])
      expect(again.info.scannedBytes).toBeLessThan(10_000)
      expect(again.logEndOffset).toBe(1000)
    },
  )
})
