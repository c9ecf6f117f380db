import { describe, expect, it } from 'vitest'
import { dataDirectory, openEngine } from '../support/engines.js'
import { unpackGolden } from '../support/golden.js'
import { temporaryDirectory } from '../support/logs.js'
import { duramen, shell, startCommand, succeed, untilOutput } from './command.js'

const numbers = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => `${from + i}\n`).join('')

/** `clicks` with the numbers from 1 on in partition 0; what runs on it. */
async function withNumbers(count: number, dir = dataDirectory()) {
  await succeed(['produce', 'clicks', '--dir', dir], numbers(1, count))
  const args = ['consume', 'clicks', '--dir', dir, '--group', 'g']
  const consume = (...options: string[]) => succeed([...args, ...options])
  const committed = async () => {
    const text = await succeed(['groups', 'describe', 'g', '--dir', dir, '--json'])
    const { partitions } = JSON.parse(text) as { partitions: { committedOffset: number }[] }
    return partitions.map(({ committedOffset }) => committedOffset)
  }
  return { dir, args, consume, committed }
}

describe('consume --group', () => {
  it('begins at the beginning, and goes on where it was the last time', async () => {
    const { dir, consume, committed } = await withNumbers(5)
    expect(await consume()).toBe(numbers(1, 5))
    expect(await consume()).toBe('')
    await succeed(['produce', 'clicks', '--dir', dir], numbers(6, 8))
    expect(await consume('--from-beginning')).toBe(numbers(6, 8))
    expect(await committed()).toEqual([8])
  })

  it('commits what was written and no more', async () => {
    const { consume, committed } = await withNumbers(20_000)
    expect(await consume('--max-records', '3')).toBe(numbers(1, 3))
    expect(await committed()).toEqual([3])
    expect(await consume('--max-records', '0')).toBe('')
    expect(await consume('--max-records', '6000')).toBe(numbers(4, 6003))
    expect(await consume()).toBe(numbers(6004, 20_000))
  })

  it('reads all partitions, each group for itself', async () => {
    const { dir, consume, committed } = await withNumbers(2)
    await succeed(['topics', 'alter', 'clicks', '--dir', dir, '--partitions', '3'])
    await succeed(['produce', 'clicks', '--dir', dir, '--partition', '2'], numbers(3, 4))
    const lines = async (text: Promise<string>) => (await text).trimEnd().split('\n').sort()
    expect(await lines(consume())).toEqual(['1', '2', '3', '4'])
    expect(await committed()).toEqual([2, 0, 2])
    const other = succeed(['consume', 'clicks', '--dir', dir, '--group', 'other'])
    expect(await lines(other)).toEqual(['1', '2', '3', '4'])
  })

  it('writes records as JSON, and those that are larger than its buffers', async () => {
    const { dir, consume } = await withNumbers(1)
    expect(JSON.parse(await consume('--format', 'ndjson'))).toMatchObject({ offset: 0, value: '1' })
    const large = `${'x'.repeat(1_100_000)}\n`
    await succeed([
      'topics',
      'alter',
      'clicks',
      '--dir',
      dir,
      '--config',
      'max.message.bytes=2000000',
    ])
    await succeed(['produce', 'clicks', '--dir', dir], `2\n${large}3\n`)
    expect(await consume()).toBe(`2\n${large}3\n`)
    expect(await consume()).toBe('')
  })

  it('commits behind the markers of transactions, in a directory that Kafka wrote', async () => {
    const dir = temporaryDirectory()
    unpackGolden('clean', dir)
    const args = ['consume', 'transactions', '--dir', dir, '--group', 'new']
    expect(await succeed(args)).toBe(await succeed(args.slice(0, -2)))
    const text = await succeed(['groups', 'describe', 'new', '--dir', dir, '--json'])
    for (const { lag } of JSON.parse(text).partitions) expect(lag).toBe(0)
  })
})

describe('consume --group ends', () => {
  it('quietly when nobody reads on, having committed what was taken', async () => {
    const { dir, args, committed, consume } = await withNumbers(0)
    const line = (i: number) => `${i} ${'x'.repeat(1000)}\n`
    const lines = Array.from({ length: 3000 }, (_, i) => line(i))
    await succeed(['produce', 'clicks', '--dir', dir], lines.join(''))
    const outcome = await shell('set -o pipefail; "$@" | head -n 2', args)
    expect(outcome).toMatchObject({ code: 0, stdout: lines.slice(0, 2).join(''), stderr: '' })
    const [offset = -1] = await committed()
    // What a pipe and `head` hold, 64 KiB each.
    expect(offset).toBeGreaterThanOrEqual(2)
    expect(offset).toBeLessThan(300)
    expect(await consume()).toBe(lines.slice(offset).join(''))
  })

  it('having committed nothing where not one record was taken', async () => {
    const { dir, args, consume } = await withNumbers(0)
    const large = 'x'.repeat(500_000)
    await succeed(['produce', 'clicks', '--dir', dir], `${large}\n`.repeat(3))
    const outcome = await shell('set -o pipefail; "$@" | head -c 10', args)
    expect(outcome).toMatchObject({ code: 0, stdout: 'x'.repeat(10), stderr: '' })
    expect(await consume('--max-records', '1')).toBe(`${large}\n`)
  })

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('at %s with %d, having committed, and left the group', async (signal, code) => {
    const { args, consume, committed } = await withNumbers(4)
    const running = startCommand([...args, '--follow'])
    await untilOutput(running, '4\n')
    running.child.kill(signal)
    expect(await running.ended).toMatchObject({ code, stdout: numbers(1, 4), stderr: '' })
    expect(await committed()).toEqual([4])
    expect(await consume()).toBe('')
  })

  it('with 1 where its output takes no more, having committed what was taken', async () => {
    const { args, consume } = await withNumbers(3)
    const outcome = await shell('"$@" >/dev/full', args)
    expect(outcome).toMatchObject({ code: 1, stderr: expect.stringMatching(/ERR_NO_SPACE/) })
    expect(await consume()).toBe(numbers(1, 3))
  })
})

describe('consume --group --follow', () => {
  it('is seen as a member, with what it has committed, from another process', async () => {
    const { dir, args } = await withNumbers(4)
    const running = startCommand([...args, '--follow'])
    await untilOutput(running, '4\n')
    const describe = async () =>
      JSON.parse(await succeed(['groups', 'describe', 'g', '--dir', dir, '--json']))
    await expect.poll(describe, { timeout: 5000 }).toMatchObject({
      ...{ state: 'Stable', assignor: 'range' },
      members: [{ clientId: 'duramen-consume', clientHost: 'in-process' }],
      partitions: [
        { committedOffset: 4, lag: 0, member: expect.stringMatching(/^duramen-consume-/) },
      ],
    })
    running.child.kill('SIGKILL')
    await running.ended
    expect(await describe()).toMatchObject({ state: 'Empty', members: [] })
    expect(await succeed(args)).toBe('')
  })

  it('ends after as many records as are wanted', async () => {
    const { args, committed } = await withNumbers(4)
    const running = startCommand([...args, '--follow', '--max-records', '3'])
    expect(await running.ended).toMatchObject({ code: 0, stdout: numbers(1, 3), stderr: '' })
    expect(await committed()).toEqual([3])
  })
})

describe('consume --group refuses', () => {
  it.each([
    ['a partition', ['--partition', '0'], /--group shares out all partitions/],
    ['an offset', ['--offset', '1'], /--offset cannot be given; see .* groups reset-offsets/],
    ['a time', ['--from-time', '0'], /--from-time cannot be given; see .* groups reset-offsets/],
  ])('%s', async (_, options, message) => {
    const { args } = await withNumbers(1)
    const outcome = await duramen([...args, ...options])
    expect(outcome).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(message) })
  })

  it.each([
    ['empty', ''],
    ['too long', 'g'.repeat(40_000)],
  ])('a group id that is %s', async (_, id) => {
    const { dir } = await withNumbers(1)
    const outcome = await duramen(['consume', 'clicks', '--dir', dir, `--group=${id}`])
    expect(outcome.code).toBe(1)
    expect(outcome.stderr).toMatch(
      /ERR_INVALID_GROUP_ID: the group id takes \d+ bytes; give it 1 to/,
    )
  })

  it('a topic that is not there, and makes nothing for it', async () => {
    const { dir } = await withNumbers(1)
    const args = ['consume', 'clucks', '--dir', dir, '--group', 'g']
    expect(await duramen(args)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/ERR_NOT_FOUND: there is no topic clucks .*; there are clicks/),
    })
    expect(await succeed(['topics', 'list', '--dir', dir])).toBe('clicks\n')
  })

  it('to go beside an owner, and says what does', async () => {
    const { dir, args } = await withNumbers(1)
    await openEngine(dir)
    expect(await duramen(args)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /ERR_LOCKED: .* held by .*; consume without --group,.* beside it/,
      ),
    })
  })
})
