import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { topicsDescribe } from '../../src/cli/topics-describe.js'
import { processAgent } from '../support/agent.js'
import { unpackGolden } from '../support/golden.js'
import { temporaryDirectory } from '../support/logs.js'
import { duramen, succeed } from './command.js'

/** Runs `duramen topics` in a data directory of its own. */
function inDirectory(dir = temporaryDirectory()) {
  const withDir = (words: readonly string[]) => ['topics', ...words, '--dir', dir]
  return {
    dir,
    topics: (...words: string[]) => succeed(withDir(words)),
    failing: (...words: string[]) => duramen(withDir(words)),
    produce: (topic: string, input: string) => succeed(['produce', topic, '--dir', dir], input),
  }
}

function fails(error: string) {
  return { code: 1, stdout: '', stderr: expect.stringMatching(`^duramen: ${error}[^\n]*\n$`) }
}

const uuid = expect.stringMatching(/^\w[\w-]{21}$/)

describe('topics create', () => {
  it('makes the topic, its directories and the data directory', async () => {
    const dir = join(temporaryDirectory(), 'data')
    const { topics, failing } = inDirectory(dir)
    const { code, stderr } = await failing('create', 'clicks', '--partitions', '3')
    expect([code, stderr]).toEqual([0, 'duramen: made the topic clicks, with 3 partitions\n'])
    expect(readdirSync(dir)).toEqual(
      expect.arrayContaining(['clicks-0', 'clicks-1', 'clicks-2', 'meta.properties']),
    )
    expect(await topics('list')).toBe('clicks\n')
    expect(await succeed(['consume', 'clicks', '--dir', dir])).toBe('')
  })

  it('gives it the configurations, which its logs follow', async () => {
    const { dir, topics, produce } = inDirectory()
    const configs = ['--config', 'segment.bytes=65536', '--config=cleanup.policy=compact,delete']
    const made = JSON.parse(await topics('create', 'clicks', ...configs, '--json'))
    expect(made).toEqual({
      name: 'clicks',
      id: uuid,
      partitions: 1,
      config: { 'cleanup.policy': 'compact,delete', 'segment.bytes': '65536' },
    })
    for (let i = 0; i < 3; i++) await produce('clicks', `${'x'.repeat(40_000)}\n`)
    const segments = readdirSync(join(dir, 'clicks-0')).filter((name) => name.endsWith('.log'))
    expect(segments.length).toBe(3)
  })

  it.each([
    ['a small segment', 'segment.bytes=8192'],
    ['a small batch', 'max.message.bytes=4096'],
  ])('with %s takes input of any length', async (_, config) => {
    const { dir, topics, produce } = inDirectory()
    await topics('create', 'clicks', '--config', config)
    const input = 'a line of text\n'.repeat(10_000)
    await produce('clicks', input)
    expect(await succeed(['consume', 'clicks', '--dir', dir])).toBe(input)
    const long = await duramen(['produce', 'clicks', '--dir', dir], 'x'.repeat(10_000))
    expect(long.stderr).toContain('ERR_BATCH_TOO_LARGE')
  })

  it('takes the last of two values of a configuration', async () => {
    const { topics } = inDirectory()
    const twice = ['--config', 'flush.ms=1', '--config', 'flush.ms=2']
    const { config } = JSON.parse(await topics('create', 'clicks', ...twice, '--json'))
    expect(config).toEqual({ 'flush.ms': '2' })
  })

  it.each([
    ['a topic that is there', ['clicks'], 'ERR_TOPIC_EXISTS: the topic clicks already exists'],
    ['a name that is none', ['a/b'], "ERR_INVALID_TOPIC: 'a/b' cannot name a topic"],
    ['a configuration that is none', ['b', '--config', 'x=1'], 'ERR_INVALID_OPTION: .* x; there'],
    [
      'a value that is none',
      ['b', '--config', 'flush.ms=x'],
      "ERR_INVALID_OPTION: flush.ms is 'x'",
    ],
    ['a directory that is not its own', ['photos'], 'ERR_FOREIGN_DIRECTORY: .*holds thesis.txt'],
  ])('refuses %s, and leaves everything as it was', async (_, words, error) => {
    const { dir, topics, failing } = inDirectory()
    await topics('create', 'clicks')
    mkdirSync(join(dir, 'photos-0'))
    writeFileSync(join(dir, 'photos-0/thesis.txt'), 'mine')
    const before = readdirSync(dir, { recursive: true })
    expect(await failing('create', ...words)).toMatchObject(fails(error))
    expect(readdirSync(dir, { recursive: true })).toEqual(before)
    expect(await topics('list')).toBe('clicks\n')
  })
})

describe('topics alter', () => {
  it('changes configurations, takes them back, and adds partitions', async () => {
    const { dir, topics } = inDirectory()
    await topics('create', 'clicks', '--config', 'flush.ms=1', '--config', 'retention.ms=-1')
    const changes = ['--config', 'segment.bytes=65536', '--delete-config', 'flush.ms']
    const altered = await topics('alter', 'clicks', ...changes, '--partitions', '2', '--json')
    expect(JSON.parse(altered)).toEqual({
      name: 'clicks',
      id: uuid,
      partitions: 2,
      config: { 'retention.ms': '-1', 'segment.bytes': '65536' },
    })
    expect(existsSync(join(dir, 'clicks-1'))).toBe(true)
    expect(JSON.parse(await topics('describe', '--json'))).toEqual([JSON.parse(altered)])
  })

  it.each([
    [
      'fewer partitions',
      ['--partitions', '1'],
      'ERR_INVALID_PARTITIONS: .*give 3 to 100000; it ha',
    ],
    ['as many', ['--partitions', '2', '--config', 'flush.ms=1'], 'ERR_INVALID_PARTITIONS'],
    ['a wrong value', ['--partitions', '3', '--config', 'flush.ms=x'], 'ERR_INVALID_OPTION'],
    ['what there is not', ['--delete-config', 'flush.mss'], 'ERR_INVALID_OPTION: .*flush.mss'],
  ])('refuses %s, and does no half of it', async (_, words, error) => {
    const { topics, failing } = inDirectory()
    await topics('create', 'clicks', '--partitions', '2')
    const before = await topics('describe')
    expect(await failing('alter', 'clicks', ...words)).toMatchObject(fails(error))
    expect(await topics('describe')).toBe(before)
  })
})

describe('topics delete', () => {
  it('deletes the topic with its records', async () => {
    const { dir, topics, failing, produce } = inDirectory()
    for (const name of ['clicks', 'other']) await produce(name, 'a\nb\n')
    const { code, stdout, stderr } = await failing('delete', 'clicks')
    expect([code, stdout, stderr]).toEqual([0, '', 'duramen: deleted the topic clicks\n'])
    expect(await topics('list')).toBe('other\n')
    expect(readdirSync(dir).filter((name) => name.startsWith('clicks'))).toEqual([])
    await produce('clicks', 'c\n')
    expect(await succeed(['consume', 'clicks', '--dir', dir])).toBe('c\n')
    const deleted = JSON.parse(await topics('delete', 'clicks', '--json'))
    expect(deleted).toEqual({ name: 'clicks', id: uuid, deleted: true })
  })
})

describe('topics describe', () => {
  it('shows what topics are, on a line each', async () => {
    const { topics } = inDirectory()
    await topics('create', 'clicks', '--partitions', '2', '--config', 'flush.ms=1')
    await topics('create', 'a', '--config', 'cleanup.policy=compact,delete')
    const lines = (await topics('describe')).trimEnd().split('\n')
    expect(lines.map((line) => line.split('\t'))).toEqual([
      ['a', uuid, '1', 'cleanup.policy=compact,delete'],
      ['clicks', uuid, '2', 'flush.ms=1'],
    ])
  })

  it('shows the partitions of one', async () => {
    const { dir, topics } = inDirectory()
    await topics('create', 'clicks', '--partitions', '2')
    await succeed(['produce', 'clicks', '--dir', dir, '--partition', '0'], 'a\nb\nc\n')
    const text = await topics('describe', 'clicks')
    expect(text).toMatch(/^clicks\t[\w-]{22}\t2\t\n\n0\t0\t3\t1\t\d+\n1\t0\t0\t\d\t0\n$/)
    const { partitions } = JSON.parse(await topics('describe', 'clicks', '--json'))
    expect(partitions[0]).toMatchObject({ partition: 0, logStartOffset: 0, logEndOffset: 3 })
  })

  it('says of a topic to be compacted that it is not yet', async () => {
    const { topics, failing } = inDirectory()
    await topics('create', 'a', '--config', 'cleanup.policy=compact,delete')
    const { code, stderr } = await failing('describe', 'a')
    expect([code, stderr]).toEqual([
      0,
      expect.stringMatching(/^duramen: a has cleanup.policy compact, which is not applied yet/),
    ])
  })

  it("shows Kafka's topics as they are, and changes nothing", async () => {
    const { dir, topics } = inDirectory()
    unpackGolden('clean', dir)
    const before = readdirSync(dir, { recursive: true })
    const found = JSON.parse(await topics('describe', 'idempotent', '--json'))
    expect(found).toMatchObject({ name: 'idempotent', config: {} })
    expect(found.partitions.length).toBe(2)
    const metadata = readFileSync(join(dir, 'idempotent-0/partition.metadata'), 'utf8')
    expect(metadata).toContain(found.id)
    expect(readdirSync(dir, { recursive: true })).toEqual(before)
  })

  it('has headings on a terminal', async () => {
    const { dir, topics } = inDirectory()
    await topics('create', 'clicks')
    const written: string[] = []
    const output = { isTerminal: true, write: async (text: string) => written.push(text) }
    const call = { options: { dir, json: false }, argument: 'clicks', output }
    await topicsDescribe.run({ ...call, signal: new AbortController().signal } as never)
    expect(written[0]).toMatch(/^TOPIC +ID +PARTITIONS +CONFIG\nclicks /)
    expect(written[1]).toMatch(/^\nPARTITION +LOG START +LOG END +SEGMENTS +BYTES\n0 /)
  })
})

describe('a topic that is not there', () => {
  it.each([['alter', '--partitions', '2'], ['delete'], ['describe']])(
    'cannot be asked to %s, and nothing is written',
    async (verb, ...words) => {
      const { dir, failing } = inDirectory()
      expect(await failing(verb, 'other', ...words)).toMatchObject(
        fails('ERR_NOT_FOUND: there is no topic other in .*; there is none yet'),
      )
      expect(readdirSync(dir)).toEqual([])
    },
  )
})

describe('beside an owner', () => {
  it.each([
    ['create', 'new'],
    ['alter', 'clicks', '--partitions', '9'],
    ['delete', 'clicks'],
  ])('topics %s is refused, and says who that is', async (...words) => {
    const { dir, topics, failing, produce } = inDirectory()
    await produce('clicks', 'a\n')
    const owner = processAgent()
    await owner.open(join(dir, 'clicks-0'))
    const held = `ERR_LOCKED: ${dir} is held by process ${owner.pid}; stop it, or use another --dir`
    expect(await failing(...words)).toMatchObject(fails(held))
    expect(await topics('list')).toBe('clicks\n')
    expect(await topics('describe', 'clicks')).toMatch(/\n0\t0\t1\t/)
  })
})

describe('the catalog', () => {
  it('is dumped as what it says', async () => {
    const { dir, topics } = inDirectory()
    await topics('create', 'a')
    await topics('create', 'clicks', '--partitions', '2', '--config', 'flush.ms=5')
    const dumped = await succeed(['dump', join(dir, 'duramen.topics'), '--json'])
    const [file, , clicks] = JSON.parse(dumped).entries
    expect(file).toMatchObject({ version: 1, topics: 2 })
    expect(clicks).toMatchObject({ name: 'clicks', partitions: 2, config: { flushMs: 5 } })
    const text = readFileSync(join(dir, 'duramen.topics'), 'utf8')
    expect(text.slice(clicks.position)).toMatch(/^{"name":"clicks"/)
  })
})

describe('a damaged catalog', () => {
  it('is told by every verb, with what to do', async () => {
    const { dir, topics, failing } = inDirectory()
    await topics('create', 'clicks')
    writeFileSync(join(dir, 'duramen.topics'), '{')
    for (const words of [['list'], ['describe'], ['create', 'new'], ['delete', 'clicks']]) {
      expect(await failing(...words)).toMatchObject(
        fails('ERR_CORRUPT_CATALOG: .*duramen.topics is damaged: it is not JSON; restore it, or'),
      )
    }
    expect(readFileSync(join(dir, 'duramen.topics'), 'utf8')).toBe('{')
    const { code, stdout } = await duramen(['verify', dir, '--json'])
    const { findings } = JSON.parse(stdout)
    expect([code, findings.length, findings[0].path]).toEqual([1, 1, join(dir, 'duramen.topics')])
    writeFileSync(join(dir, 'duramen.topics'), '{"version":1,"topics":[{"name":"clicks"}]}')
    expect(await duramen(['verify', dir])).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('of topic 1 the id is malformed'),
    })
  })
})
