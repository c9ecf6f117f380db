import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { duramen } from '../cli/command.js'
import type { Agent } from '../support/agent.js'
import { KilledLog } from '../support/killed-log.js'
import { codeOf, faultOf, openLog, type PartitionLog, readAll } from '../support/logs.js'

const options = { segmentBytes: 4096 } as const
const batches = Array.from({ length: 60 }, (_, i) => [`${i}`.padStart(300, '.')])
const end = 60

const endings: [string, (agent: Agent) => Promise<unknown>][] = [
  ['closed', (agent) => agent.call('close')],
  ['killed', async () => {}],
]
const victims = ['first', 'middle', 'last', 'only'] as const

/** Removes segments as somebody might by hand; the offsets that go. */
function remove(directory: string, victim: (typeof victims)[number]) {
  const names = readdirSync(directory).filter((name) => name.endsWith('.log'))
  const bases = names.map((name) => Number.parseInt(name, 10)).sort((a, b) => a - b)
  expect(bases.length).toBeGreaterThan(3)
  const at = { first: 0, middle: 2, last: bases.length - 1, only: 0 }[victim]
  const gone = victim === 'only' ? bases : bases.slice(at, at + 1)
  for (const base of gone) rmSync(join(directory, `${String(base).padStart(20, '0')}.log`))
  const next = victim === 'only' ? end : (bases[at + 1] ?? end)
  return { fromOffset: bases[at] as number, toOffset: next - 1 }
}

function contentOf(directory: string) {
  return readdirSync(directory).map((name) => [name, readFileSync(join(directory, name), 'hex')])
}

/** The missing offsets are named once, by reads or by what opening found; all else is there. */
async function expectOnlyMissing(log: PartitionLog, lost: ReturnType<typeof remove>) {
  expect(log.logEndOffset).toBeGreaterThanOrEqual(end)
  const wanted = Array.from({ length: log.logEndOffset }, (_, offset) => offset)
  const left = wanted.filter((offset) => offset < lost.fromOffset || offset > lost.toOffset)
  const found: number[] = []
  if (lost.fromOffset === 0) {
    expect(log.logStartOffset).toBe(lost.toOffset + 1)
    expect(await codeOf(() => log.read(0))).toBe('ERR_OFFSET_OUT_OF_RANGE')
  } else {
    for (let at = 0; at < lost.fromOffset; ) {
      const view = await log.read(at, { upTo: 'logEnd' })
      found.push(...Array.from(view, ({ offset }) => offset))
      at = view.nextOffset
    }
    for (const upTo of ['highWatermark', 'logEnd'] as const) {
      const fault = await faultOf(() => log.read(lost.toOffset, { upTo }))
      expect(fault).toMatchObject({ code: 'ERR_CORRUPT_BATCH', toOffset: lost.toOffset })
      expect(await faultOf(() => log.read(lost.fromOffset, { upTo }))).toMatchObject(lost)
    }
    expect(await codeOf(() => log.tail(lost.fromOffset).next())).toBe('ERR_CORRUPT_BATCH')
  }
  const behind = await readAll(log, lost.toOffset + 1)
  expect([...found, ...behind.map(({ offset }) => offset)]).toEqual(left)
}

describe.each(endings)('a segment that is removed from a log that was %s', (_, finish) => {
  it.each(victims)('is missed, and nothing else is: the %s one', async (victim) => {
    const killed = await KilledLog.make(batches, options, finish)
    const { directory } = killed
    killed.restore()
    const lost = remove(directory, victim)
    const before = contentOf(directory)

    const { code, stdout } = await duramen(['verify', directory, '--json'])
    expect([code, JSON.parse(stdout).findings]).toMatchObject([1, [lost]])
    const reader = await openLog(directory, { ...options, readOnly: true })
    await expectOnlyMissing(reader, lost)
    expect((await reader.verify()).findings).toMatchObject([lost])
    if (victim !== 'middle') expect(reader.info.findings).toMatchObject([lost])
    await reader.close()
    expect(contentOf(directory)).toEqual(before)

    const log = await openLog(directory, options)
    await expectOnlyMissing(log, lost)
    if (victim !== 'middle') expect(log.info.findings).toMatchObject([lost])
    expect(await log.append({ value: 'new' })).toEqual({ baseOffset: end })
    await expectOnlyMissing(log, lost)
    await log.close()
    const again = await openLog(directory, options)
    await expectOnlyMissing(again, lost)
    expect(await again.append({ value: 'newer' })).toEqual({ baseOffset: end + 1 })
  })
})
