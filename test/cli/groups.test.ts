import { describe, expect, it } from 'vitest'
import { groupsDescribe } from '../../src/cli/groups-describe.js'
import { groupsList } from '../../src/cli/groups-list.js'
import type { Engine } from '../../src/engine.js'
import { dataDirectory, openEngine } from '../support/engines.js'
import { unpackGolden } from '../support/golden.js'
import { joining, stable } from '../support/groups.js'
import { temporaryDirectory } from '../support/logs.js'
import { commit, fails, withGroup } from './billing-group.js'
import { succeed } from './command.js'

const uuidLike = /^duramen-[\w-]+$/

/** A consumer of this process becomes a member of `billing`. */
async function join(engine: Engine, groupInstanceId = '') {
  const consumer = engine.consumer({ groupId: 'billing', groupInstanceId })
  await consumer.subscribe(['clicks'])
  for await (const { topic } of consumer) {
    expect(topic).toBe('clicks')
    break
  }
}

describe('groups list', () => {
  it('names the groups', async () => {
    const { dir, groups } = await withGroup()
    const engine = await openEngine(dir)
    await commit(engine, 'audit', [1])
    await engine.close()
    expect(await groups('list')).toBe('audit\tEmpty\t0\nbilling\tEmpty\t0\n')
    expect(JSON.parse(await groups('list', '--json'))).toEqual([
      { group: 'audit', state: 'Empty', members: 0 },
      { group: 'billing', state: 'Empty', members: 0 },
    ])
  })

  it('has headings on a terminal', async () => {
    const { dir } = await withGroup()
    const written: string[] = []
    const output = { isTerminal: true, write: async (text: string) => written.push(text) }
    const { signal } = new AbortController()
    const call = { options: { dir, json: false }, argument: 'billing', output, signal }
    await groupsList.run(call as never)
    await groupsDescribe.run(call as never)
    expect(written[0]).toMatch(/^GROUP +STATE +MEMBERS\nbilling +Empty +0\n$/)
    expect(written[1]).toMatch(/^GROUP +STATE +GENERATION +ASSIGNOR +MEMBERS\nbilling /)
    expect(written[2]).toMatch(/^\nTOPIC +PARTITION +COMMITTED +LOG END +LAG +MEMBER\nclicks +0 /)
  })

  it('is empty where nothing was ever committed, and makes nothing', async () => {
    const dir = dataDirectory()
    await succeed(['topics', 'create', 'clicks', '--dir', dir])
    expect(await succeed(['groups', 'list', '--dir', dir])).toBe('')
    expect(await succeed(['topics', 'list', '--dir', dir])).toBe('clicks\n')
  })

  it('names the groups that Kafka left', async () => {
    const dir = temporaryDirectory()
    unpackGolden('clean', dir)
    const listed = JSON.parse(await succeed(['groups', 'list', '--dir', dir, '--json']))
    expect(listed.length).toBeGreaterThan(0)
    for (const { group } of listed) {
      const text = await succeed(['groups', 'describe', group, '--dir', dir, '--json'])
      expect(JSON.parse(text)).toMatchObject({ group, state: 'Empty', members: [] })
    }
  })
})

describe('groups describe', () => {
  it('shows what is committed, and the lag', async () => {
    const { groups } = await withGroup()
    expect(await groups('describe', 'billing')).toBe(
      'billing\tEmpty\t0\t-\t0\n\nclicks\t0\t4\t10\t6\t-\nclicks\t1\t7\t10\t3\t-\n',
    )
    const { partitions } = JSON.parse(await groups('describe', 'billing', '--json'))
    expect(partitions[1]).toEqual({
      ...{ topic: 'clicks', partition: 1, committedOffset: 7, logEndOffset: 10, lag: 3 },
      member: null,
    })
  })

  it('shows no lag for a topic that was deleted', async () => {
    const { dir, groups } = await withGroup()
    await succeed(['topics', 'delete', 'clicks', '--dir', dir])
    expect(await groups('describe', 'billing')).toContain('\nclicks\t0\t4\t-\t-\t-\n')
  })

  it('shows members beside the process that they live in, and nobody once it is gone', async () => {
    const { dir, groups } = await withGroup()
    const engine = await openEngine(dir)
    await join(engine)
    const seen = JSON.parse(await groups('describe', 'billing', '--json'))
    expect(seen).toMatchObject({ state: 'Stable', assignor: 'range', generation: 1 })
    expect(seen.members).toEqual([
      expect.objectContaining({ memberId: expect.stringMatching(uuidLike), clientId: 'duramen' }),
    ])
    for (const { member } of seen.partitions) expect(member).toBe(seen.members[0].memberId)
    expect(await groups('list')).toBe('billing\tStable\t1\n')
    await engine.close()
    expect(await groups('list')).toBe('billing\tEmpty\t0\n')
  })
})

describe('groups delete', () => {
  it('deletes the group with what it has committed', async () => {
    const { dir, groups, failing } = await withGroup()
    expect(await failing('delete', 'billing')).toMatchObject({
      ...{ code: 0, stdout: '', stderr: 'duramen: deleted the group billing\n' },
    })
    expect(await groups('list')).toBe('')
    const lines = await succeed(['consume', 'clicks', '--dir', dir, '--group', 'billing'])
    expect(lines.split('\n')).toHaveLength(21)
    expect(JSON.parse(await groups('delete', 'billing', '--json'))).toEqual({
      ...{ group: 'billing', deleted: true },
    })
  })
})

describe('a group', () => {
  it.each([['describe'], ['delete'], ['reset-offsets', '--to-latest']])(
    'that is not there cannot be asked to %s',
    async (verb, ...words) => {
      const { failing } = await withGroup()
      const outcome = await failing(verb, 'bling', ...words)
      expect(outcome).toMatchObject(
        fails('ERR_GROUP_ID_NOT_FOUND: there is no group bling in .*; there are billing\n'),
      )
    },
  )

  it.each([['delete'], ['reset-offsets', '--to-latest']])(
    'that has members is not to be asked to %s',
    async (verb, ...words) => {
      const { dir, failing, offsets } = await withGroup()
      const engine = await openEngine(dir)
      await stable(await engine.groups(), [joining()], 2)
      await engine.close()
      const outcome = await failing(verb, 'billing', ...words)
      expect(outcome).toMatchObject(fails('ERR_NON_EMPTY_GROUP: .*it has members; stop them first'))
      expect(await offsets()).toEqual([4, 7])
    },
  )

  it.each([['delete'], ['reset-offsets', '--to-latest']])(
    'whose static members are gone with their process can be asked to %s',
    async (verb, ...words) => {
      const { dir, groups, failing } = await withGroup()
      const engine = await openEngine(dir)
      await join(engine, 'till-1')
      await engine.close()
      expect(await failing(verb, 'billing', ...words)).toMatchObject({ code: 0 })
      expect(await groups('list')).toBe(verb === 'delete' ? '' : 'billing\tEmpty\t0\n')
    },
  )

  it('is listed, described and reset for show beside an owner, and not changed', async () => {
    const { dir, groups, failing } = await withGroup()
    const engine = await openEngine(dir)
    await commit(engine, 'billing', [5, 5])
    expect(await groups('list')).toContain('billing')
    expect(await groups('describe', 'billing')).toContain('clicks\t0\t5\t10\t5\t-')
    const reset = ['reset-offsets', 'billing', '--to-latest']
    expect(await groups(...reset, '--dry-run')).toContain('clicks\t1\t5\t10')
    for (const words of [reset, ['delete', 'billing']]) {
      expect(await failing(...words)).toMatchObject(
        fails('ERR_LOCKED: .* is held by .*; stop it, or'),
      )
    }
  })
})
