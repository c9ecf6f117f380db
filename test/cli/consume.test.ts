import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { RecordInput } from '../../src/record/index.js'
import { processAgent } from '../support/agent.js'
import { expectedRecords, unpackGolden } from '../support/golden.js'
import { openLog, temporaryDirectory } from '../support/logs.js'
import { duramen, shell, startCommand, succeed, untilOutput } from './command.js'

const values = ['zero', 'one', 'two', 'three', 'four', 'five']

/** `clicks` with these records in one partition, three to a batch. */
async function makeTopic(
  records: readonly RecordInput[] = values.map((value, i) => ({ value, timestamp: 1000 * i })),
  dir = temporaryDirectory(),
  partition = 0,
): Promise<string> {
  const log = await openLog(join(dir, `clicks-${partition}`))
  for (let i = 0; i < records.length; i += 3) await log.append(records.slice(i, i + 3))
  await log.close()
  return dir
}

const lines = (...texts: string[]) => texts.map((text) => `${text}\n`).join('')

describe('consume starts', () => {
  it.each([
    ['at the beginning', [], values],
    ['at the beginning when asked to', ['--from-beginning'], values],
    ['at the earliest record', ['--offset', 'earliest'], values],
    ['at the end', ['--offset', 'latest'], []],
    ['at an offset in the middle of a batch', ['--offset', '4'], ['four', 'five']],
    ['some records before the end', ['--offset', '-2'], ['four', 'five']],
    ['no earlier than there are records', ['--offset=-99'], values],
    ['at a time in milliseconds', ['--from-time', '2500'], ['three', 'four', 'five']],
    ['at a time in ISO 8601', ['--from-time', '1970-01-01T00:00:05Z'], ['five']],
    ['at the end for a time to come', ['--from-time', '9000'], []],
  ])('%s', async (_, options, expected) => {
    const dir = await makeTopic()
    expect(await succeed(['consume', 'clicks', '--dir', dir, ...options])).toBe(lines(...expected))
  })

  it('nowhere outside of the log', async () => {
    const dir = await makeTopic()
    const { code, stderr } = await duramen(['consume', 'clicks', '--dir', dir, '--offset', '7'])
    expect(code).toBe(1)
    expect(stderr).toMatch(/ERR_OFFSET_OUT_OF_RANGE: offset 7 is outside of partition 0 of clicks/)
    expect(stderr).toMatch(/begins at 0 and ends before 6; give 0 to 6, earliest, latest or -N\n$/)
  })
})

describe('consume stops', () => {
  it.each([
    ['--max-records', '4', 'zero', 'one', 'two', 'three'],
    ['--max-messages', '2', 'zero', 'one'],
    ['--max-records', '0'],
    ['--max-records', '99', ...values],
  ])('after %s %s', async (option, number, ...expected) => {
    const dir = await makeTopic()
    const args = ['consume', 'clicks', '--dir', dir, option, number]
    expect(await succeed(args)).toBe(lines(...expected))
  })

  it('quietly when nobody reads on', async () => {
    const dir = await makeTopic(Array.from({ length: 3 }, () => ({ value: 'x'.repeat(300_000) })))
    const script = 'set -o pipefail; "$@" | head -c 10'
    const outcome = await shell(script, ['consume', 'clicks', '--dir', dir])
    expect(outcome).toMatchObject({ code: 0, stdout: 'x'.repeat(10), stderr: '' })
  })

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('at %s with %d', async (signal, code) => {
    const dir = await makeTopic()
    const running = startCommand(['consume', 'clicks', '--dir', dir, '--follow', '--offset', '0'])
    await untilOutput(running, 'five')
    running.child.kill(signal)
    expect(await running.ended).toMatchObject({ code, stdout: lines(...values), stderr: '' })
  })

  it.each([
    ['soon after a SIGINT', 1],
    ['at once at a second SIGINT', 2],
  ])('%s, also while nobody takes what it writes', async (_, signals) => {
    const dir = await makeTopic(Array.from({ length: 9 }, () => ({ value: 'x'.repeat(300_000) })))
    const { child } = startCommand(['consume', 'clicks', '--dir', dir])
    child.stdout.removeAllListeners('data').pause()
    const ended = new Promise((resolve) => child.once('exit', (_, name) => resolve(name)))
    await expect.poll(() => child.stdout.readableLength, { timeout: 5000 }).toBeGreaterThan(0)
    for (let i = 0; i < signals; i++) child.kill('SIGINT')
    expect(await ended).toBe('SIGINT')
  })
})

describe('consume writes', () => {
  const bytes = Buffer.from([0xff, 0x00, 0x41])

  it.each([
    ['values as they are', [], Buffer.concat([Buffer.from('a\n\n'), bytes, Buffer.from('\n')])],
    ['values with another delimiter', ['--delimiter', '\\0\\n'], 'a\0\n\0\n\xff\0A\0\n'],
    ['base64', ['--encoding', 'base64'], 'YQ==\n\n/wBB\n'],
    [
      'base64 with another delimiter',
      ['--encoding', 'base64', '--delimiter', '\\xff'],
      'YQ==\xff\xff/wBB\xff',
    ],
    ['hexadecimal digits', ['--encoding', 'hex'], '61\n\nff0041\n'],
  ])('%s', async (_, options, expected) => {
    const dir = await makeTopic([{ value: 'a' }, { value: null }, { value: bytes }])
    const outcome = await duramen(['consume', 'clicks', '--dir', dir, ...options])
    expect(outcome.bytes).toEqual(Buffer.from(expected as string, 'latin1'))
  })

  it('records as JSON, and bytes that are no UTF-8 as base64', async () => {
    const headers = [['h', 'x'] as const, ['h', null] as const]
    const dir = await makeTopic([{ key: 'k', value: bytes, headers, timestamp: 5 }])
    const text = await succeed(['consume', 'clicks', '--dir', dir, '--format', 'ndjson'])
    expect(text).toBe(
      '{"partition":0,"offset":0,"timestamp":5,"timestampType":"CreateTime","key":"k",' +
        '"value":{"base64":"/wBB"},"headers":[["h","x"],["h",null]],"leaderEpoch":0}\n',
    )
    expect(await succeed(['consume', 'clicks', '--dir', dir, '--json'])).toBe(text)
  })

  it('records that are larger than its buffers', async () => {
    const dir = temporaryDirectory()
    const log = await openLog(join(dir, 'clicks-0'), { maxMessageBytes: 8_000_000 })
    const large = ['a', 'b'].map((letter) => letter.repeat(3_000_000))
    for (const compression of ['none', 'gzip'] as const) {
      await log.append([{ value: 'small' }, { value: large[0] }], { compression })
      await log.append([{ value: large[1] }], { compression })
    }
    await log.close()
    const once = ['small', ...large]
    expect(await succeed(['consume', 'clicks', '--dir', dir])).toBe(lines(...once, ...once))
  })

  it('the partitions one after the other, or the one that is named', async () => {
    const dir = await makeTopic([{ value: 'a' }])
    await makeTopic([{ value: 'b' }, { value: 'c' }], dir, 1)
    expect(await succeed(['consume', 'clicks', '--dir', dir])).toBe(lines('a', 'b', 'c'))
    const one = ['consume', 'clicks', '--dir', dir, '--partition', '1']
    expect(await succeed(one)).toBe(lines('b', 'c'))
    expect(await succeed([...one.slice(0, -2), '--offset', '-1'])).toBe(lines('a', 'c'))
  })

  it('what produce makes the same records of, byte for byte', async () => {
    const records: RecordInput[] = [
      {
        key: 'k',
        value: 'v',
        timestamp: 1,
        headers: [
          ['a', '1'],
          ['a', bytes],
          ['n', null],
        ],
      },
      { key: null, value: null, timestamp: 3 },
      { key: bytes, value: '', timestamp: 2 },
      { key: '', value: 'grüße \u{1f600}\n"', timestamp: 0 },
    ]
    const from = await makeTopic(records)
    const ndjson = ['--format', 'ndjson']
    const text = await succeed(['consume', 'clicks', '--dir', from, ...ndjson])
    const to = temporaryDirectory()
    await succeed(['produce', 'clicks', '--dir', to, ...ndjson], text)
    expect(await succeed(['consume', 'clicks', '--dir', to, ...ndjson])).toBe(text)
  })
})

describe('consume notes', () => {
  it('what opening found, where there are no records', async () => {
    const dir = temporaryDirectory()
    mkdirSync(join(dir, 'noise-0'))
    writeFileSync(join(dir, 'noise-0', `${'0'.repeat(20)}.log`), Buffer.alloc(5000, 'x'))
    const { code, stdout, stderr } = await duramen(['consume', 'noise', '--dir', dir])
    expect([code, stdout]).toEqual([0, ''])
    expect(stderr).toMatch(/noise-0.*(torn-tail|corruption) at position 0/)
  })
})

describe('consume --follow', () => {
  it('says nothing about a topic of many partitions', async () => {
    const dir = temporaryDirectory()
    for (let partition = 0; partition < 20; partition++) {
      await makeTopic([{ value: 'a' }], dir, partition)
    }
    const args = ['consume', 'clicks', '--dir', dir, '--follow', '--from-beginning']
    const running = startCommand(args)
    await untilOutput(running, 'a\n'.repeat(20))
    running.child.kill('SIGINT')
    expect(await running.ended).toMatchObject({ code: 130, stderr: '' })
  })

  it('ends at once where no record is wanted', async () => {
    const dir = await makeTopic()
    const args = ['consume', 'clicks', '--dir', dir, '--follow', '--max-records', '0']
    expect(await succeed(args)).toBe('')
  })

  it('waits at the end for what another process appends', async () => {
    const dir = await makeTopic()
    const owner = processAgent()
    await owner.open(join(dir, 'clicks-0'))
    const args = ['consume', 'clicks', '--dir', dir, '--follow', '--max-records', '2']
    const running = startCommand([...args, '--offset', '-1'])
    await untilOutput(running, 'five')
    await owner.call('append', [{ value: 'six' }, { value: 'seven' }])
    expect(await running.ended).toMatchObject({ code: 0, stdout: lines('five', 'six') })
  })

  it('goes on with every partition', async () => {
    const dir = await makeTopic([{ value: 'a' }])
    await makeTopic([{ value: 'b' }], dir, 1)
    const args = ['consume', 'clicks', '--dir', dir, '--follow', '--from-beginning']
    const running = startCommand([...args, '--max-records', '3'])
    await Promise.all([untilOutput(running, 'a'), untilOutput(running, 'b')])
    const owner = processAgent()
    await owner.open(join(dir, 'clicks-1'))
    await owner.call('append', [{ value: 'c' }])
    const { code, stdout } = await running.ended
    expect([code, stdout.split('\n').sort().join('')]).toEqual([0, 'abc'])
  })
})

describe('consume refuses', () => {
  it.each([
    ['two starts', ['--offset', '1', '--from-beginning'], /contradict each other/],
    ['two starts that are 0', ['--offset', '0', '--from-time', '0'], /contradict each other/],
    ['a delimiter between JSON', ['--format', 'ndjson', '--delimiter', ';'], /--format value/],
    ['a delimiter with --json', ['--json', '--delimiter', ';'], /--format value/],
  ])('%s', async (_, options, message) => {
    const dir = await makeTopic()
    const { code, stderr } = await duramen(['consume', 'clicks', '--dir', dir, ...options])
    expect(code).toBe(2)
    expect(stderr).toMatch(message)
  })

  it('a topic and a partition that do not exist, and says what does', async () => {
    const dir = await makeTopic()
    const topic = await duramen(['consume', 'clucks', '--dir', dir])
    expect([topic.code, topic.stderr]).toEqual([1, expect.stringMatching(/there are clicks/)])
    const partition = await duramen(['consume', 'clicks', '--dir', dir, '--partition', '4'])
    expect(partition.stderr).toMatch(/ERR_NOT_FOUND: clicks has no partition 4; it has 0/)
  })
})

describe.each(['clean', 'unclean'] as const)('what Kafka wrote, stopped %s,', (which) => {
  it('is consumed as its own consumer did', async () => {
    const dir = temporaryDirectory()
    unpackGolden(which, dir)
    for (const topic of ['codec-zstd', 'transactions', 'compacted', 'deleted-head']) {
      const args = ['--partition', '0', '--format', 'ndjson', '--encoding', 'base64']
      const text = await succeed(['consume', topic, '--dir', dir, ...args])
      const records = text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line))
      const { records: expected } = expectedRecords('read_uncommitted', `${topic}-0`)
      expect(records).toEqual(expected.map((record) => ({ partition: 0, ...record })))
    }
  })
})
