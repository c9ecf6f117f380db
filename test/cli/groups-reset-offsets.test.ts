import { describe, expect, it } from 'vitest'
import { fails, withGroup } from './billing-group.js'
import { succeed } from './command.js'

describe.each(['directory', 'broker'] as const)('groups reset-offsets in a %s', (where) => {
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
    const { groups, offsets } = await withGroup(where)
    const dry = await groups('reset-offsets', 'billing', ...words, '--dry-run')
    expect(await offsets()).toEqual([4, 7])
    expect(await groups('reset-offsets', 'billing', ...words)).toBe(dry)
    expect(await offsets()).toEqual(expected)
  })

  it('shows what was and what is', async () => {
    const { groups } = await withGroup(where)
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
