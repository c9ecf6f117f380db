import { existsSync, readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { dataDirectory, openEngine } from '../support/engines.js'
import { duramen, succeed } from './command.js'

const inDirectory = (dir = dataDirectory()) => ({
  dir,
  topics: (...words: string[]) => duramen(['topics', ...words, '--dir', dir]),
})

describe.each([
  ['.'],
  ['..'],
  ['x'.repeat(250)],
  ['a b'],
  ['a/b'],
  ['../a'],
  ['grüße'],
  ['__cluster_metadata'],
])('a topic %j', (name) => {
  it('cannot be made, by any verb, and leaves no directory behind', async () => {
    const { dir, topics } = inDirectory()
    const outcomes = [
      await topics('create', name),
      await duramen(['produce', name, '--dir', dir], 'a\n'),
    ]
    for (const { code, stdout, stderr } of outcomes) {
      expect([code, stdout]).toEqual([1, ''])
      expect(stderr).toMatch(/^duramen: ERR_INVALID_TOPIC: [^\n]+; use [^\n]+\n$/)
    }
    expect(existsSync(dir)).toBe(false)
  })

  it('is not there to be described, altered, deleted or consumed', async () => {
    const { dir, topics } = inDirectory()
    await succeed(['topics', 'create', 'clicks', '--dir', dir])
    const before = readdirSync(dir, { recursive: true })
    const outcomes = [
      await topics('describe', name),
      await topics('alter', name, '--partitions', '2'),
      await topics('delete', name),
      await duramen(['consume', name, '--dir', dir]),
      await duramen(['consume', name, '--dir', dir, '--group', 'g']),
    ]
    for (const { code, stdout, stderr } of outcomes) {
      expect([code, stdout]).toEqual([1, ''])
      expect(stderr).toMatch(/^duramen: ERR_(INVALID_TOPIC|NOT_FOUND): [^\n]+\n$/)
    }
    expect(readdirSync(dir, { recursive: true })).toEqual(before)
  })
})

describe.each([['create'], ['alter']])('topics %s', (verb) => {
  it.each([
    ['0', 2, 'a whole number from 1 to 100000'],
    ['-1', 2, 'a whole number from 1 to 100000'],
    ['1.5', 2, 'a whole number from 1 to 100000'],
    ['100001', 2, 'a whole number from 1 to 100000'],
    ['1'.repeat(30), 2, 'a whole number from 1 to 100000'],
    ['many', 2, 'a whole number from 1 to 100000'],
  ])('refuses %s partitions', async (count, code, allowed) => {
    const { topics } = inDirectory()
    const { code: ended, stderr } = await topics(verb, 'clicks', '--partitions', count)
    expect([ended, stderr]).toEqual([code, expect.stringContaining(`must be ${allowed}`)])
  })

  it.each([
    ['segment.bytes=1', 'segment.bytes is 1; it must be a whole number from 4096 to'],
    ['retention.ms=-2', 'retention.ms is -2; it must be a whole number from -1 to'],
    ['cleanup.policy=shred', "cleanup.policy is 'shred'; it must be a list of 'delete', 'comp"],
    ['preallocate=maybe', "preallocate is 'maybe'; it must be"],
    [
      'min.cleanable.dirty.ratio=2',
      'min.cleanable.dirty.ratio is 2; it must be a number from 0 to',
    ],
    ['retention=1', 'topics have no configuration retention; there are cleanup.policy, '],
  ])('refuses the configuration %s, and changes nothing', async (config, error) => {
    const { dir, topics } = inDirectory()
    if (verb === 'alter') await succeed(['topics', 'create', 'clicks', '--dir', dir])
    const outcome = await topics(verb, 'clicks', '--config', config)
    expect([outcome.code, outcome.stdout]).toEqual([1, ''])
    expect(outcome.stderr).toContain(`ERR_INVALID_OPTION: ${error}`)
    if (verb === 'create') expect(existsSync(dir)).toBe(false)
    else expect(await succeed(['topics', 'describe', '--dir', dir])).toMatch(/\t1\t\n$/)
  })
})

describe('cleanup.policy compact', () => {
  it('is stored, and said not to be applied yet', async () => {
    const { dir, topics } = inDirectory()
    await succeed(['topics', 'create', 'plain', '--dir', dir])
    const compact = ['--config', 'cleanup.policy=compact']
    for (const words of [
      ['create', 'clicks'],
      ['alter', 'plain'],
    ] as const) {
      const { code, stderr } = await topics(...words, ...compact)
      expect([code, stderr]).toEqual([
        0,
        expect.stringMatching(/compact, which is not applied yet/),
      ])
    }
    const { stderr } = await topics('alter', 'plain', '--config', 'cleanup.policy=delete')
    expect(stderr).not.toContain('not applied')
  })
})

describe('the topic of committed offsets', () => {
  it('keeps its partitions, by which groups are found', async () => {
    const { dir, topics } = inDirectory()
    const engine = await openEngine(dir)
    await engine.groups()
    await engine.close()
    expect(await topics('alter', '__consumer_offsets', '--partitions', '60')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/ERR_INVALID_PARTITIONS: __consumer_offsets keeps its part/),
    })
  })
  it('takes records from the coordinator alone', async () => {
    const { dir } = inDirectory()
    const engine = await openEngine(dir)
    await engine.groups()
    const sent = engine.producer().send('__consumer_offsets', { value: 'a' })
    await expect(sent).rejects.toMatchObject({ code: 'ERR_INVALID_TOPIC' })
    await engine.close()
    expect(await duramen(['produce', '__consumer_offsets', '--dir', dir], 'a\n')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/ERR_INVALID_TOPIC: .* holds what groups have committed; send/),
    })
  })
})
