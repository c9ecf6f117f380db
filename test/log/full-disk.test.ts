import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { PartitionLogOptions } from '../../src/log/index.js'
import { type Agent, mountAgent, type SeenView, whyNoMounts } from '../support/agent.js'
import { temporaryDirectory } from '../support/logs.js'

const refusal = whyNoMounts()
if (refusal !== undefined) console.log(`full disks are not tested: ${refusal}`)

interface Disk {
  readonly agent: Agent
  readonly directory: string
  readonly filler: string
}

/** A log on a file system of 4 MiB. */
async function smallDisk(options: PartitionLogOptions): Promise<Disk> {
  const disk = temporaryDirectory()
  const agent = mountAgent(`mount -t tmpfs -o size=4m tmpfs ${disk}`)
  const directory = join(disk, 'clicks-0')
  expect(await agent.open(directory, options)).toMatchObject({})
  return { agent, directory, filler: join(disk, 'filler') }
}

const value = 'v'.repeat(1000)

/** Appends until the disk is full; how many were acknowledged. */
async function appendUntilFull(agent: Agent): Promise<number> {
  for (let count = 0; ; count++) {
    const answer = await agent.call('append', { value })
    if (answer === 'ERR_NO_SPACE') return count
    expect(answer).toEqual({ baseOffset: count })
  }
}

async function countReadable(agent: Agent): Promise<number> {
  let count = 0
  let offset = await agent.call<number>('get', 'logStartOffset')
  for (;;) {
    const view = await agent.call<SeenView>('read', offset)
    if (view.values.length === 0) return count
    expect(view.values.every((found) => found === value)).toBe(true)
    count += view.values.length
    offset = view.nextOffset
  }
}

const policies: PartitionLogOptions[] = [{ flush: 'sync' }, { flush: 'os', segmentBytes: 65_536 }]

describe.skipIf(refusal !== undefined).each(policies)('a full disk, with %o,', (options) => {
  it('refuses appends, keeps what was acknowledged, and takes more once there is room', async () => {
    const { agent, directory, filler } = await smallDisk(options)
    const before = await agent.call<number>('fill', filler)
    expect(before).toBeGreaterThan(0)
    const first = await appendUntilFull(agent)
    for (let i = 0; i < 3; i++) expect(await agent.call('append', { value })).toBe('ERR_NO_SPACE')
    expect(await agent.call('appendMany', 1, value)).toBe('ERR_NO_SPACE')
    expect(await agent.call('get', 'isFenced')).toBe(false)
    expect(await countReadable(agent)).toBe(first)
    await agent.call('remove', filler)
    expect(await agent.call('append', { value })).toEqual({ baseOffset: first })
    for (let i = 1; i < 500; i++) {
      expect(await agent.call('append', { value })).toEqual({ baseOffset: first + i })
    }
    expect(await agent.call('verify')).toMatchObject({ findings: [] })
    await agent.call('close')
    expect(await agent.open(directory, options)).toMatchObject({})
    expect(await countReadable(agent)).toBe(first + 500)
    expect(await agent.call('get', 'info')).toMatchObject({ findings: [] })
  })

  it('keeps every acknowledged record when the process then dies', async () => {
    const { agent, directory, filler } = await smallDisk(options)
    await agent.call('appendMany', 100, value)
    await agent.call('close')
    await agent.call('fill', filler)
    const program = join(import.meta.dirname, 'fill-and-die.mjs')
    const output = await agent.call<string>('run', process.execPath, program, directory, value)
    const acknowledged = Number(output)
    expect(acknowledged).toBeGreaterThanOrEqual(100)
    await agent.call('remove', filler)
    expect(await agent.open(directory, options)).toMatchObject({})
    expect(await countReadable(agent)).toBe(acknowledged)
    expect(await agent.call('append', { value })).toEqual({ baseOffset: acknowledged })
    expect(await agent.call('verify')).toMatchObject({ findings: [] })
  })

  it('can be closed, opened and read', async () => {
    const { agent, directory, filler } = await smallDisk(options)
    await agent.call('appendMany', 300, value)
    await agent.call('fill', filler)
    await agent.call('close')
    expect(await agent.open(directory, { ...options, readOnly: true })).toMatchObject({})
    expect(await countReadable(agent)).toBe(300)
    await agent.call('close')
    await agent.call('fill', filler)
    const opened = await agent.open(directory, options)
    if (opened !== 'ERR_NO_SPACE') {
      expect(opened).toMatchObject({})
      expect(await countReadable(agent)).toBe(300)
      await agent.call('close')
    }
    await agent.call('remove', filler)
    expect(await agent.open(directory, options)).toMatchObject({})
    expect(await agent.call('append', { value })).toEqual({ baseOffset: 300 })
    expect(await countReadable(agent)).toBe(301)
  })

  it.each([
    ['offset index', ['index', 'timeindex']],
    ['time index', ['timeindex']],
  ])('is opened and read where a missing %s has no room', async (_, kinds) => {
    const { agent, directory, filler } = await smallDisk(options)
    for (let timestamp = 0; timestamp < 300; timestamp++) {
      await agent.call('append', { value, timestamp })
    }
    await agent.call('close')
    for (const kind of kinds) {
      await agent.call('remove', join(directory, `${'0'.repeat(20)}.${kind}`))
    }
    await agent.call('fill', filler)
    const readAgain = async () => {
      expect(await agent.open(directory, options)).toMatchObject({})
      expect(await countReadable(agent)).toBe(300)
      for (const timestamp of [0, 7, 31, 250]) {
        const found = await agent.call('offsetForTimestamp', timestamp)
        expect(found).toMatchObject({ offset: timestamp })
      }
      await agent.call('close')
    }
    await readAgain()
    await agent.call('remove', filler)
    await readAgain()
    await readAgain()
    expect(await agent.open(directory, options)).toMatchObject({})
    expect(await agent.call('verify')).toMatchObject({ findings: [] })
  })

  it('makes no log, and leaves none in the way', async () => {
    const { agent, directory, filler } = await smallDisk(options)
    await agent.call('fill', filler)
    const other = join(directory, '../views-0')
    expect(await agent.open(other, options)).toBe('ERR_NO_SPACE')
    await agent.call('remove', filler)
    expect(await agent.open(other, options)).toMatchObject({})
    expect(await agent.call('append', { value })).toEqual({ baseOffset: 0 })
  })

  it('makes room by deleteBefore', async () => {
    const { agent } = await smallDisk(options)
    const first = await appendUntilFull(agent)
    await agent.call('deleteBefore', first)
    if (options.segmentBytes === undefined) return
    // A removed file's blocks are free once the thread that was writing it back lets go of it.
    for (let i = 0; i < 100; i++) {
      await expect
        .poll(() => agent.call('append', { value }), { timeout: 10_000 })
        .toEqual({ baseOffset: first + i })
    }
  })

  it('refuses a cut that it has no room for, or makes it whole', async () => {
    const { agent, directory, filler } = await smallDisk(options)
    await agent.call('appendMany', 1500, value)
    await agent.call('flush')
    await agent.call('fill', filler)
    const answer = await agent.call('truncateTo', 1450)
    const end = answer === undefined ? 1450 : 1500
    expect([undefined, 'ERR_NO_SPACE']).toContain(answer)
    await agent.call('remove', filler)
    expect(await countReadable(agent)).toBe(end)
    await agent.call('close')
    expect(await agent.open(directory, options)).toMatchObject({})
    expect(await countReadable(agent)).toBe(end)
    expect(await agent.call('append', { value })).toEqual({ baseOffset: end })
  })
})
