import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { LogView } from '../../src/log/index.js'
import { type Agent, processAgent, threadAgent } from '../support/agent.js'
import {
  codeOf,
  memoryDirectory,
  openLog,
  type PartitionLog,
  partitionPath,
  records,
  turn,
  valuesOf,
} from '../support/logs.js'

async function valuesUntil(tail: AsyncIterator<LogView>, last: string): Promise<string[]> {
  const found: string[] = []
  while (found.at(-1) !== last) {
    const { value, done } = await tail.next()
    if (done) break
    found.push(...valuesOf(value))
  }
  return found
}

/** Whether `promise` is settled once the event loop has come round a few times. */
async function settles(promise: Promise<unknown>): Promise<boolean> {
  let settled = false
  const note = () => {
    settled = true
  }
  promise.then(note, note)
  for (let i = 0; i < 20; i++) await turn()
  return settled
}

describe('a tail', () => {
  it('gives what is there, waits at the end, and wakes with what is appended', async () => {
    const log = await openLog()
    await log.append(records('a', 'b'))
    const tail = log.tail(1)
    expect(valuesOf((await tail.next()).value)).toEqual(['b'])
    const next = tail.next()
    expect(await settles(next)).toBe(false)
    await log.append(records('c', 'd'))
    expect(valuesOf((await next).value)).toEqual(['c', 'd'])
  })

  it.each(['os', 'sync'] as const)('misses nothing while %s appends go on', async (flush) => {
    const log = await openLog(partitionPath(), { flush, segmentBytes: 64 * 1024 })
    const tails = [log.tail(0), log.tail(0, { maxBytes: 1 }), log.tail(0, { maxBytes: 5000 })]
    const found = tails.map((tail) => valuesUntil(tail, '1999'))
    const expected = Array.from({ length: 2000 }, (_, i) => `${i}`)
    for (const value of expected) {
      log.appendSync({ value })
      if (Number(value) % 7 === 0) await turn()
    }
    for (const values of found) expect(await values).toEqual(expected)
  })

  it('starts to wait before the offset exists', async () => {
    const log = await openLog()
    const next = log.tail(0).next()
    await log.append(records('first'))
    expect(valuesOf((await next).value)).toEqual(['first'])
    expect(await codeOf(() => log.tail(5).next())).toBe('ERR_OFFSET_OUT_OF_RANGE')
    expect(await codeOf(() => log.tail(-1).next())).toBe('ERR_INVALID_ARGUMENT')
  })

  it('wakes when the flush is over before anybody has asked for it', async () => {
    const log = await openLog(join(memoryDirectory(), 'clicks-0'))
    for (let offset = 0; offset < 500; offset++) {
      const next = log.tail(offset).next()
      await log.append({ value: `${offset}` })
      expect(valuesOf((await next).value)).toEqual([`${offset}`])
    }
  })

  it('gives no record before it is durable', async () => {
    const log = await openLog()
    const tail = log.tail(0)
    for (let i = 0; i < 100; i++) {
      log.appendSync({ value: `${i}` })
      const { value } = await tail.next()
      expect((value as LogView).nextOffset).toBeLessThanOrEqual(log.durableOffset)
    }
  })

  it('ends when it is left, and when the log is closed', async () => {
    const log = await openLog()
    await log.append(records('a'))
    const tail = log.tail(0)
    for await (const view of tail) {
      expect(valuesOf(view)).toEqual(['a'])
      break
    }
    expect(await tail.next()).toEqual({ done: true, value: undefined })

    const waiting = log.tail(1)
    const next = waiting.next()
    await turn()
    await log.close()
    expect(await next).toEqual({ done: true, value: undefined })
    expect(await waiting.next()).toEqual({ done: true, value: undefined })
  })

  it('ends a pending next() at return()', async () => {
    const log = await openLog()
    const tail = log.tail(0)
    const next = tail.next()
    await turn()
    expect(await tail.return?.()).toEqual({ done: true, value: undefined })
    expect(await next).toEqual({ done: true, value: undefined })
  })

  it('answers several next() at once with views that follow one another', async () => {
    const log = await openLog()
    const tail = log.tail(0, { maxBytes: 1 })
    const pending = [tail.next(), tail.next(), tail.next()]
    for (const value of ['a', 'b', 'c']) await log.append({ value })
    const views = (await Promise.all(pending)).map(({ value }) => value as LogView)
    expect(views.flatMap((view) => valuesOf(view))).toEqual(['a', 'b', 'c'])
  })

  it('rejects with the reason of its signal, before, while and after it waits', async () => {
    const log = await openLog()
    await log.append(records('a'))
    const reason = new Error('enough')
    await expect(log.tail(0, { signal: AbortSignal.abort(reason) }).next()).rejects.toBe(reason)
    const controller = new AbortController()
    const tail = log.tail(0, { signal: controller.signal })
    await tail.next()
    const next = tail.next()
    await turn()
    controller.abort(reason)
    await expect(next).rejects.toBe(reason)
    await expect(tail.next()).rejects.toBe(reason)
    expect(valuesOf((await log.tail(0).next()).value)).toEqual(['a'])
  })

  it('takes no listener for each wait with it', async () => {
    const log = await openLog()
    const { signal } = new AbortController()
    const counted = new Set<unknown>()
    const add = signal.addEventListener.bind(signal)
    const remove = signal.removeEventListener.bind(signal)
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      counted.add(args[1])
      add(...args)
    }
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      counted.delete(args[1])
      remove(...args)
    }
    const tail = log.tail(0, { signal })
    for (let i = 0; i < 20; i++) {
      const next = tail.next()
      await turn()
      await log.append({ value: `${i}` })
      await next
    }
    expect(counted.size).toBe(0)
  })

  it('keeps giving timers their turn while it is fed from memory', async () => {
    const log = await openLog(partitionPath(), { flush: 'os' })
    const values = Buffer.alloc(100_000, 'v')
    const valueLengths = new Int32Array(1000).fill(100)
    for (let i = 0; i < 1000; i++) await log.appendColumns({ values, valueLengths })
    let ticks = 0
    const timer = setInterval(() => {
      ticks++
    }, 1)
    const started = performance.now()
    let offset = 0
    let views = 0
    for await (const view of log.tail(0, { maxBytes: 1 })) {
      const cursor = view.cursor()
      while (cursor.next()) offset = cursor.offset
      views++
      if (offset === 999_999) break
    }
    clearInterval(timer)
    expect(views).toBe(1000)
    // A turn each 5 ms at the latest; the rest is for machines that are busy otherwise.
    expect(ticks).toBeGreaterThanOrEqual(Math.floor((performance.now() - started) / 100))
  })

  it('wakes all of many that wait at different offsets, and refuses those above a cut', async () => {
    const log = await openLog(partitionPath(), { flush: 'os' })
    for (const value of ['a', 'b', 'c']) await log.append({ value })
    const waits = Array.from({ length: 300 }, () => log.visible(3))
    const settled = Promise.allSettled(waits.map(({ reached }) => reached))
    await log.truncateTo(2)
    const late = Array.from({ length: 300 }, () => log.visible(2))
    expect(new Set((await settled).map(({ status }) => status))).toEqual(new Set(['rejected']))
    const gone = late.splice(0, 100)
    for (const { cancel } of gone) cancel()
    expect(await settles(Promise.race(late.map(({ reached }) => reached)))).toBe(false)
    await log.append({ value: 'other c' })
    await Promise.all([...gone, ...late].map(({ reached }) => reached))
    expect(await codeOf(() => log.visible(4).reached)).toBe('ERR_OFFSET_OUT_OF_RANGE')
    await log.visible(2).reached
  })

  it('refuses to skip what was appended after a cut', async () => {
    const log = await openLog()
    await log.append(records('a', 'b'))
    await log.append(records('c'))
    const tail = log.tail(0)
    await tail.next()
    const next = tail.next()
    const refused = expect(next).rejects.toMatchObject({ code: 'ERR_OFFSET_OUT_OF_RANGE' })
    await log.truncateTo(2)
    await log.append(records('other c'))
    await log.append(records('d'))
    await refused
  })
})

const elsewhere: [string, () => Agent][] = [
  ['another thread', threadAgent],
  ['another process', processAgent],
]

describe.each(elsewhere)('a tail in %s', (_, start) => {
  async function follow(log: PartitionLog): Promise<Agent> {
    const agent = start()
    await agent.open(log.directory, { ...log.options, readOnly: true })
    await agent.call('tail', 0)
    return agent
  }

  it.each(['os', 'sync'] as const)(
    'sees every record that is appended here (%s)',
    async (flush) => {
      const log = await openLog(partitionPath(), { flush, segmentBytes: 32 * 1024 })
      const agent = await follow(log)
      const found: string[] = []
      const following = (async () => {
        while (found.length < 500) {
          const { view } = await agent.call<{ view: { values: string[] } }>('next')
          found.push(...view.values)
        }
      })()
      const expected = Array.from({ length: 500 }, (_, i) => `${i}`.padStart(200, '.'))
      for (const value of expected) await log.append({ value })
      await following
      expect(found).toEqual(expected)
    },
  )

  it('ends by an abort, and by a close', async () => {
    const log = await openLog()
    const agent = await follow(log)
    const next = agent.call('next')
    await agent.call('abort', 'enough')
    expect(await next).toBe('enough')
    await agent.call('tail', 0)
    const last = agent.call('next')
    await agent.call('close')
    expect(await last).toEqual({ done: true, view: undefined })
  })
})

describe('a tail here', () => {
  it('wakes when a thread appends', async () => {
    const directory = partitionPath()
    const agent = threadAgent()
    await agent.open(directory)
    const log = await openLog(directory)
    const found = valuesUntil(log.tail(0), 'c')
    for (const value of ['a', 'b', 'c']) await agent.call('append', { value })
    expect(await found).toEqual(['a', 'b', 'c'])
  })

  it('wakes when another process appends, and outlives that process', async () => {
    const directory = partitionPath()
    const agent = processAgent()
    await agent.open(directory)
    const log = await openLog(directory, { readOnly: true })
    const tail = log.tail(0)
    const found = valuesUntil(tail, 'c')
    for (const value of ['a', 'b', 'c']) await agent.call('append', { value })
    expect(await found).toEqual(['a', 'b', 'c'])
    await agent.end()
    const next = valuesUntil(tail, 'd')
    const successor = processAgent()
    await successor.open(directory)
    await successor.call('append', { value: 'd' })
    expect(await next).toEqual(['d'])
  })
})
