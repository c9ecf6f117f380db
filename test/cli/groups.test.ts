import { describe, expect, it } from 'vitest'
import type { Engine } from '../../src/engine.js'
import { dataDirectory, openEngine } from '../support/engines.js'
import { unpackGolden } from '../support/golden.js'
import { joining, stable } from '../support/groups.js'
import { temporaryDirectory } from '../support/logs.js'
import { duramen, succeed } from './command.js'

const uuidLike = /^duramen-[\w-]+$/

/** `clicks` with two partitions of ten records, timestamps 0 to 9,000; `billing` stands at 4 and 7. */
async function withGroup() {
  const dir = dataDirectory()
  const engine = await openEngine(dir)
  await engine.createTopic('clicks', { partitions: 2 })
  const producer = engine.producer()
  for (let i = 0; i < 20; i++) {
    const record = { value: String(i), partition: i % 2, timestamp: 1000 * (i >> 1) }
    await producer.send('clicks', record)
  }
  await commit(engine, 'billing', [4, 7])
  await engine.close()
  const groups = (...words: string[]) => succeed(['groups', ...words, '--dir', dir])
  const failing = (...words: string[]) => duramen(['groups', ...words, '--dir', dir])
  const offsets = async () => {
    const { partitions } = JSON.parse(await groups('describe', 'billing', '--json'))
    return partitions.map(({ committedOffset }: { committedOffset: number }) => committedOffset)
  }
  return { dir, groups, failing, offsets }
}

async function commit(
  engine: Engine,
  groupId: string,
  offsets: readonly number[],
  topic = 'clicks',
) {
  const places = offsets.map((offset, partition) => ({ topic, partition, offset }))
  await (await engine.groups()).commitOffsets({ groupId, offsets: places })
}

/** A consumer of this process becomes a member of `billing`. */
async function join(engine: Engine, groupInstanceId = '') {
  const consumer = engine.consumer({ groupId: 'billing', groupInstanceId })
  await consumer.subscribe(['clicks'])
  for await (const { topic } of consumer) {
    expect(topic).toBe('clicks')
    break
  }
}

const fails = (error: string) => ({ code: 1, stdout: '', stderr: expect.stringMatching(error) })

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

describe('groups reset-offsets', () => {
  it.each([
    ['to the beginning', ['--to-earliest'], [0, 0]],
    ['to the end', ['--to-latest'], [10, 10]],
    ['to an offset', ['--to-offset', '9'], [9, 9]],
    ['to an offset at the end', ['--to-offset', '10'], [10, 10]],
    ['to a time', ['--to-time', '2500'], [3, 3]],
    ['to a time in ISO 8601', ['--to-time', '1970-01-01T00:00:09Z'], [9, 9]],
    ['to the end for a time to come', ['--to-time', '99999'], [10, 10]],
    ['forward', ['--shift-by', '2'], [6, 9]],
    ['back', ['--shift-by', '-3'], [1, 4]],
    ['back, and no further than there are records', ['--shift-by=-5'], [0, 2]],
    ['forward, and no further than the end', ['--shift-by', '5'], [9, 10]],
    ['one topic', ['--topic', 'clicks', '--to-latest'], [10, 10]],
    ['one partition', ['--topic', 'clicks:1', '--to-latest'], [4, 10]],
    ['partitions', ['--topic', 'clicks:0', '--topic', 'clicks:1', '--to-earliest'], [0, 0]],
  ])('goes %s', async (_, words, expected) => {
    const { groups, offsets } = await withGroup()
    const dry = await groups('reset-offsets', 'billing', ...words, '--dry-run')
    expect(await offsets()).toEqual([4, 7])
    expect(await groups('reset-offsets', 'billing', ...words)).toBe(dry)
    expect(await offsets()).toEqual(expected)
  })

  it('shows what was and what is', async () => {
    const { groups } = await withGroup()
    const words = ['reset-offsets', 'billing', '--to-offset', '2']
    expect(await groups(...words)).toBe('clicks\t0\t4\t2\nclicks\t1\t7\t2\n')
    expect(JSON.parse(await groups(...words, '--dry-run', '--json'))).toEqual({
      group: 'billing',
      dryRun: true,
      partitions: [
        { topic: 'clicks', partition: 0, before: 2, after: 2 },
        { topic: 'clicks', partition: 1, before: 2, after: 2 },
      ],
    })
  })

  it('adds topics that the group has not consumed yet', async () => {
    const { dir, groups } = await withGroup()
    await succeed(['produce', 'other', '--dir', dir], 'a\nb\n')
    const words = ['--topic', 'other', '--to-latest']
    expect(await groups('reset-offsets', 'billing', ...words)).toBe('other\t0\t-\t2\n')
    expect(await succeed(['consume', 'other', '--group', 'billing', '--dir', dir])).toBe('')
  })

  it.each([
    ['no target', [], 2, 'needs one of --to-earliest, --to-latest, .*--shift-by, and no other'],
    ['two targets', ['--to-earliest', '--to-offset', '0'], 2, 'needs one of --to-earliest'],
    [
      'a time that is none',
      ['--to-time', 'noon'],
      2,
      "--to-time is 'noon'; it must be a time such",
    ],
    ['an offset that is none', ['--to-offset', '-1'], 2, "--to-offset is '-1'; it must be a whole"],
    [
      'a shift that is none',
      ['--shift-by', 'x'],
      2,
      "--shift-by is 'x'; it must be a whole number",
    ],
    ['an offset out of range', ['--to-offset', '11'], 1, 'ERR_OFFSET_OUT_OF_RANGE: offset 11 is'],
    [
      'a topic that is not there',
      ['--topic', 'no', '--to-latest'],
      1,
      'ERR_NOT_FOUND: .* topic no',
    ],
    [
      'a partition that is not there',
      ['--topic', 'clicks:0,2', '--to-latest'],
      1,
      'ERR_NOT_FOUND: clicks has no partition 2',
    ],
    [
      'no partition',
      ['--topic', 'clicks:x', '--to-latest'],
      2,
      "--topic is 'clicks:x'; it must be",
    ],
  ])('refuses %s, and commits nothing', async (_, words, code, error) => {
    const { failing, offsets } = await withGroup()
    const outcome = await failing('reset-offsets', 'billing', ...words)
    expect(outcome).toMatchObject({ ...fails(error), code })
    expect(await offsets()).toEqual([4, 7])
  })

  it('cannot shift what is not committed', async () => {
    const { dir, failing } = await withGroup()
    await succeed(['produce', 'other', '--dir', dir], 'a\n')
    const outcome = await failing('reset-offsets', 'billing', '--topic', 'other', '--shift-by', '1')
    expect(outcome).toMatchObject(
      fails('ERR_NO_OFFSET: nothing is committed for partition 0 of other'),
    )
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
