import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { PartitionLog, type PartitionLogOptions } from '../../src/log/index.js'
import { murmur2 } from '../../src/topic/partitioners/murmur2.js'
import { batchSizes, openLog, readAll, temporaryDirectory } from '../support/logs.js'
import { duramen, startCommand, succeed } from './command.js'
import { recordsOf, valuesIn } from './topic-records.js'

/** Empty partitions of the topic `clicks`. */
async function makePartitions(dir: string, count: number, options: PartitionLogOptions = {}) {
  for (let i = 0; i < count; i++) {
    await (await PartitionLog.open(join(dir, `clicks-${i}`), options)).close()
  }
}

const numbered = (count: number) => Array.from({ length: count }, (_, i) => `line ${i}`)

describe('produce splits its input into values', () => {
  it('at newlines only, keeps what else there is, and sends a last line without one', async () => {
    const dir = temporaryDirectory()
    const { code, stderr } = await duramen(['produce', 'clicks', '--dir', dir], 'a\r\n\n b\t\nlast')
    expect(code).toBe(0)
    expect(stderr).toContain('4 records')
    expect(await valuesIn(dir)).toEqual(['a\r', '', ' b\t', 'last'])
  })

  it('whatever its bytes are', async () => {
    const dir = temporaryDirectory()
    const garbage = Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * i * 7919) >>> 5))
    await succeed(['produce', 'clicks', '--dir', dir], garbage)
    expect((await valuesIn(dir)).join('\n')).toBe(garbage.toString('latin1').replace(/\n$/, ''))
  })

  it('at another delimiter, of one byte or more', async () => {
    const dir = temporaryDirectory()
    await succeed(['produce', 'clicks', '--dir', dir, '--delimiter', '\\0'], 'a\nb\0c\0')
    await succeed(['produce', 'clicks', '--dir', dir, '--delimiter', '--'], 'd-e--f\n--g')
    expect(await valuesIn(dir)).toEqual(['a\nb', 'c', 'd-e', 'f\n', 'g'])
  })

  it('of which an empty one has none', async () => {
    const dir = temporaryDirectory()
    const empty = join(temporaryDirectory(), 'empty')
    writeFileSync(empty, '')
    for (const args of [[], ['--file', empty]]) {
      const { code, stderr } = await duramen(['produce', 'clicks', '--dir', dir, ...args])
      expect(code).toBe(0)
      expect(stderr).toContain('0 records')
    }
    expect(await valuesIn(dir)).toEqual([])
  })

  it('in batches of the size that is asked for, from a file larger than a block', async () => {
    const dir = temporaryDirectory()
    const file = join(dir, 'lines.txt')
    const data = join(dir, 'data')
    const lines = numbered(250_000)
    writeFileSync(file, lines.join('\n'))
    await succeed(['produce', 'clicks', '--dir', data, '--file', file, '--batch-size', '65536'])
    const log = await openLog(join(data, 'clicks-0'), { readOnly: true })
    expect(Math.max(...batchSizes(await log.read(0)))).toBeLessThanOrEqual(65536)
    expect((await readAll(log)).map(({ value }) => String(value))).toEqual(lines)
  })
})

describe('produce takes keys and nulls', () => {
  const keyed = ['--key-separator', '=>', '--null-value', 'NULL']

  it('from lines with a separator', async () => {
    const dir = temporaryDirectory()
    await succeed(['produce', 'clicks', '--dir', dir, ...keyed], 'k=>v=>w\n=>\nz=>NULL\n')
    const records = await recordsOf(dir)
    expect(records.map(({ key }) => String(key))).toEqual(['k', '', 'z'])
    expect(records.map(({ value }) => value?.toString())).toEqual(['v=>w', '', undefined])
  })

  it('and stops at a line without a separator, with its number, keeping those before', async () => {
    const dir = temporaryDirectory()
    const { code, stderr } = await duramen(
      ['produce', 'clicks', '--dir', dir, ...keyed],
      'a=>1\nb=>2\nnone\nc=>3\n',
    )
    expect(code).toBe(1)
    expect(stderr).toMatch(/ERR_INPUT: line 3 of standard input has no key separator '=>'/)
    expect(await valuesIn(dir)).toEqual(['1', '2'])
  })
})

describe('produce appends', () => {
  it.each(['gzip', 'snappy', 'lz4', 'zstd'])('batches compressed with %s', async (codec) => {
    const dir = temporaryDirectory()
    const lines = numbered(20_000)
    await succeed(['produce', 'clicks', '--dir', dir, '--compression', codec], lines.join('\n'))
    expect(await valuesIn(dir)).toEqual(lines)
    const dumped = await succeed(['dump', join(dir, 'clicks-0/00000000000000000000.log')])
    expect(dumped).toContain(`compression: ${codec}`)
    expect(await succeed(['verify', '--dir', dir])).toContain('sound')
  })

  it.each([
    ['--acks', '1'],
    ['--acks', '0'],
    ['--acks', '-1'],
    ['--flush', 'os'],
  ])('every record with %s %s', async (...args) => {
    const dir = temporaryDirectory()
    const lines = numbered(50_000)
    const options = ['--dir', dir, '--batch-size', '4096', ...args]
    await succeed(['produce', 'clicks', ...options], lines.join('\n'))
    expect(await valuesIn(dir)).toEqual(lines)
  })

  it('to several partitions in turn, a batch each, or to the one that is named', async () => {
    const dir = temporaryDirectory()
    await makePartitions(dir, 3)
    const lines = numbered(3000)
    await succeed(['produce', 'clicks', '--dir', dir, '--batch-size', '1024'], lines.join('\n'))
    const counts = await Promise.all([0, 1, 2].map((i) => valuesIn(dir, `clicks-${i}`)))
    for (const values of counts) expect(values.length).toBeGreaterThan(800)
    expect(counts.flat().sort()).toEqual(lines.sort())
    await succeed(['produce', 'clicks', '--dir', dir, '--partition', '1'], 'here')
    expect((await valuesIn(dir, 'clicks-1')).at(-1)).toBe('here')
  })

  it('records that name a partition to that one', async () => {
    const dir = temporaryDirectory()
    await makePartitions(dir, 2)
    const records = [1, 0, 1].map((partition) => ({ partition, value: `for ${partition}` }))
    const input = records.map((record) => JSON.stringify(record)).join('\n')
    await succeed(['produce', 'clicks', '--dir', dir, '--format', 'ndjson'], input)
    expect(await valuesIn(dir, 'clicks-1')).toEqual(['for 1', 'for 1'])
    expect(await valuesIn(dir)).toEqual(['for 0'])
  })

  it('records with a key where Kafka has them, unless they name a partition', async () => {
    const dir = temporaryDirectory()
    await makePartitions(dir, 3)
    const lines = numbered(12).map((key) => `${key}=${key}\n`)
    await succeed(['produce', 'clicks', '--dir', dir, '--key-separator', '='], lines.join(''))
    const keyed = await Promise.all([0, 1, 2].map((i) => valuesIn(dir, `clicks-${i}`)))
    const expected = [0, 1, 2].map((partition) =>
      numbered(12).filter((key) => (murmur2(key) & 0x7fffffff) % 3 === partition),
    )
    expect(keyed).toEqual(expected)
    const named = JSON.stringify({ key: keyed[0]?.[0], partition: 2, value: 'named' })
    await succeed(['produce', 'clicks', '--dir', dir, '--format', 'ndjson'], named)
    expect((await valuesIn(dir, 'clicks-2')).at(-1)).toBe('named')
  })

  it('records of one partition in the order in which they came, with a key or without', async () => {
    const dir = temporaryDirectory()
    const lines = ['{"value":"a"}', '{"key":"k","value":"b"}', '{"value":"c"}']
    await succeed(['produce', 'clicks', '--dir', dir, '--format', 'ndjson'], lines.join('\n'))
    expect(await valuesIn(dir)).toEqual(['a', 'b', 'c'])
  })

  it('and reports as JSON what it did', async () => {
    const dir = temporaryDirectory()
    const report = JSON.parse(
      await succeed(['produce', 'clicks', '--dir', dir, '--json'], 'a\nb\n'),
    )
    expect(report).toMatchObject({ topic: 'clicks', records: 2, bytes: 4 })
  })

  it('lines as they come, without waiting for more', async () => {
    const dir = temporaryDirectory()
    const follower = startCommand(['produce', 'clicks', '--dir', dir])
    follower.child.stdin.write('early\n')
    await expect.poll(() => existsSync(join(dir, 'clicks-0/partition.metadata'))).toBe(true)
    await expect.poll(() => valuesIn(dir), { timeout: 5000 }).toEqual(['early'])
    follower.child.stdin.end()
    expect(await follower.ended).toMatchObject({ code: 0 })
  })
})

describe('a topic that does not exist', () => {
  it('is made with one partition, and produce says so', async () => {
    const dir = join(temporaryDirectory(), 'new/data')
    const { stderr } = await duramen(['produce', 'clicks', '--dir', dir], 'a')
    expect(stderr).toContain('made the topic clicks, with 1 partition')
    expect(readdirSync(dir)).toEqual(expect.arrayContaining(['clicks-0', 'meta.properties']))
    const metadata = readFileSync(join(dir, 'clicks-0/partition.metadata'), 'utf8')
    expect(metadata).toMatch(/^version: 0\ntopic_id: [\w-]{22}$/)
    expect((await duramen(['produce', 'clicks', '--dir', dir], 'b')).stderr).not.toContain('made')
    expect(await valuesIn(dir)).toEqual(['a', 'b'])
  })

  it('is refused with --no-create, and nothing is made', async () => {
    const dir = temporaryDirectory()
    const { code, stderr } = await duramen(['produce', 'clicks', '--dir', dir, '--no-create'], 'a')
    expect([code, readdirSync(dir)]).toEqual([1, []])
    expect(stderr).toMatch(/ERR_NOT_FOUND: there is no topic clicks/)
  })

  it.each(['__cluster_metadata', 'a/b', '..', 'ä'])(
    'and is called %s is refused',
    async (topic) => {
      const dir = temporaryDirectory()
      const { code, stderr } = await duramen(['produce', topic, '--dir', dir], 'a')
      expect([code, readdirSync(dir)]).toEqual([1, []])
      expect(stderr).toContain('ERR_INVALID_TOPIC')
    },
  )

  it('is not made when the input cannot be opened', async () => {
    const dir = temporaryDirectory()
    mkdirSync(join(dir, 'folder'))
    const data = join(dir, 'data')
    const missing = await duramen(['produce', 'clicks', '--dir', data, '--file', join(dir, 'none')])
    expect([missing.code, existsSync(data)]).toEqual([1, false])
    expect(missing.stderr).toMatch(/ERR_NOT_FOUND: .*none does not exist/)
    const folder = await duramen([
      'produce',
      'clicks',
      '--dir',
      data,
      '--file',
      join(dir, 'folder'),
    ])
    expect([folder.code, existsSync(data)]).toEqual([1, false])
    expect(folder.stderr).toContain('folder is a directory; give a file')
  })
})
