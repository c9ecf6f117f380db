import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { PartitionLogOptions } from '../../src/log/index.js'
import { type Agent, mountAgent, type SeenView, whyNoMounts } from '../support/agent.js'
import { temporaryDirectory } from '../support/logs.js'

// The room that is left grows by one step from log to log, so that each allocation of its life is
// once the one that fails. DURAMEN_ROOM_STEP sets the step, in bytes.
const step = Number(process.env.DURAMEN_ROOM_STEP ?? 8192)
const batches = 40
const value = 'v'.repeat(1000)

/** Each of them has to be refused at some room, or the test shows nothing. */
const changing = ['open', 'append', 'truncateTo', 'deleteBefore', 'close']

const disks = {
  tmpfs: (folder: string) => `mount -t tmpfs -o size=2m tmpfs ${folder}`,
  ext4: (folder: string) => {
    const image = join(folder, 'image')
    const make = `truncate -s 4M ${image} && mkfs.ext4 -q -F -m 0 -O ^has_journal ${image}`
    return `${make} && mount -o loop ${image} ${folder}`
  },
}

/** Where a log starts and ends. */
interface Place {
  readonly start: number
  readonly end: number
}

/** Lives in the room that there is; where the log then starts and ends, and which calls were refused. */
async function live(agent: Agent, directory: string, options: PartitionLogOptions) {
  const refused: string[] = []
  const call = async (method: string, ...args: unknown[]) => {
    const answer = await agent.call(method, ...args)
    if (answer === 'ERR_NO_SPACE') refused.push(method)
    return answer
  }
  let start = 0
  let end = 0
  if ((await call('open', directory, options)) === 'ERR_NO_SPACE') return { start, end, refused }
  for (; end < batches && refused.length === 0; end++) {
    const answer = await call('append', { value })
    if (answer === 'ERR_NO_SPACE') break
    expect(answer).toEqual({ baseOffset: end })
  }
  if (end > 5) {
    const answer = await call('truncateTo', end - 3)
    if (answer !== 'ERR_NO_SPACE') {
      expect(answer).toBe(undefined)
      end -= 3
    }
    if ((await call('deleteBefore', 2)) !== 'ERR_NO_SPACE') start = 2
  }
  expect(await agent.call('get', 'isFenced')).toBe(false)
  expect(await agent.call('get', 'logStartOffset')).toBe(start)
  expect(await agent.call('get', 'logEndOffset')).toBe(end)
  const answer = await call('close')
  expect([undefined, 'ERR_NO_SPACE']).toContain(answer)
  return { start, end, refused }
}

/** Opens it where there is room, and finds what was acknowledged. */
async function checkWhole(agent: Agent, directory: string, options: object, place: Place) {
  const { start, end } = place
  expect(await agent.open(directory, options)).toMatchObject({})
  expect(await agent.call('get', 'info')).toMatchObject({ findings: [] })
  let offset = await agent.call('get', 'logStartOffset')
  expect(offset).toBe(start)
  for (;;) {
    const view = await agent.call<SeenView>('read', offset)
    if (view.values.length === 0) break
    expect(view.values).toEqual(view.values.map(() => value))
    offset = view.nextOffset
  }
  expect(offset).toBe(end)
  expect(await agent.call('append', { value })).toEqual({ baseOffset: end })
  expect(await agent.call('verify')).toMatchObject({ findings: [] })
  await agent.call('close')
}

const policies: PartitionLogOptions['flush'][] = ['sync', 'os']

describe.each(Object.entries(disks))('on %s', (name, mount) => {
  const folder = mkdtempSync(join(tmpdir(), 'duramen-test-'))
  const refusal = whyNoMounts(mount(folder))
  rmSync(folder, { recursive: true })
  if (refusal !== undefined) console.log(`little room on ${name} is not tested: ${refusal}`)

  it.skipIf(refusal !== undefined).each(policies)(
    'a log whose n-th allocation is refused, for every n, loses nothing and goes on (%s)',
    { timeout: 120_000 },
    async (flush) => {
      const disk = temporaryDirectory()
      const agent = mountAgent(mount(disk))
      const options = { flush, segmentBytes: 16_384, indexIntervalBytes: 100 }
      const seen = new Set<string>()
      for (let room = 0, unhindered = 0; unhindered < 2; room += step) {
        const directory = join(disk, `room-${room}`, 'clicks-0')
        const filler = join(disk, 'filler')
        await agent.call('fill', filler, room)
        const { refused, ...place } = await live(agent, directory, options)
        await agent.call('remove', filler)
        await checkWhole(agent, directory, options, place)
        await agent.call('remove', join(disk, `room-${room}`))
        for (const method of refused) seen.add(method)
        if (refused.length === 0) unhindered++
      }
      expect([...seen]).toEqual(expect.arrayContaining(changing))
    },
  )
})
