import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { encodeMarker } from '../../src/record/index.js'
import { startBroker } from '../support/brokers.js'
import { openEngine } from '../support/engines.js'
import { duramen, overNetwork, startCommand, succeed, untilOutput } from './command.js'

async function setUp() {
  const engine = await openEngine()
  const place = await overNetwork(engine)
  const run = (words: readonly string[], input = '') => succeed([...words, ...place], input)
  const outcome = (words: readonly string[], input = '') => duramen([...words, ...place], input)
  return { engine, place, run, outcome }
}

const numbers = Array.from({ length: 10_000 }, (_, i) => `line ${i}\n`)

describe('topics over the network', () => {
  it('are made, listed, described, altered and deleted', async () => {
    const { engine, run } = await setUp()
    await run(['topics', 'create', 'clicks', '--partitions', '2', '--config', 'retention.ms=5000'])
    expect(await run(['topics', 'list'])).toBe('clicks\n')
    await run(['produce', 'clicks', '--partition', '1'], 'a\nb\n')
    const [topic] = engine.topics()
    const described = JSON.parse(await run(['topics', 'describe', 'clicks', '--json']))
    expect(described).toMatchObject({
      name: 'clicks',
      id: topic.id,
      config: { 'retention.ms': '5000' },
      partitions: [
        { partition: 0, logStartOffset: 0, logEndOffset: 0, segments: null, bytes: 0 },
        { partition: 1, logStartOffset: 0, logEndOffset: 2, segments: null },
      ],
    })
    const change = ['--partitions', '3', '--delete-config', 'retention.ms']
    await run(['topics', 'alter', 'clicks', ...change, '--config', 'flush.ms=7'])
    expect(await run(['topics', 'describe'])).toBe(`clicks\t${topic.id}\t3\tflush.ms=7\n`)
    await run(['topics', 'delete', 'clicks'])
    expect(await run(['topics', 'list'])).toBe('')
  })

  it('say that compaction is not applied yet, where the broker says so', async () => {
    const { outcome } = await setUp()
    const compact = ['--config', 'cleanup.policy=compact']
    const { stderr } = await outcome(['topics', 'create', 'clicks', ...compact])
    expect(stderr).toMatch(/clicks has cleanup.policy compact, which is not applied yet/)
    expect((await outcome(['topics', 'describe', 'clicks'])).stderr).toMatch(/not applied yet/)
    expect((await outcome(['topics', 'create', 'b'])).stderr).not.toMatch(/not applied yet/)
  })

  it.each([
    [['--partitions', '1', '--config', 'flush.ms=7'], 'ERR_INVALID_PARTITIONS'],
    [['--partitions', '4', '--config', 'flush.ms=x'], 'ERR_INVALID_OPTION'],
  ])('are not altered by half with %j', async (words, code) => {
    const { engine, run, outcome } = await setUp()
    await engine.createTopic('clicks', { partitions: 2 })
    const before = await run(['topics', 'describe', 'clicks'])
    expect((await outcome(['topics', 'alter', 'clicks', ...words])).stderr).toContain(code)
    expect(await run(['topics', 'describe', 'clicks'])).toBe(before)
  })

  it.each([
    [['topics', 'describe', 'no'], /ERR_NOT_FOUND: there is no topic no; there are clicks\n/],
    [['topics', 'delete', 'no'], /ERR_NOT_FOUND: there is no topic no; /],
    [['topics', 'create', 'clicks'], /ERR_TOPIC_EXISTS: making the topic clicks: the broker says /],
    [['topics', 'create', 'a b'], /ERR_INVALID_TOPIC: making the topic a b: the broker says /],
    [['topics', 'create', 'x', '--config', 'no=1'], /the broker says INVALID_CONFIG: .*no/],
    [['topics', 'alter', 'clicks', '--partitions', '1'], /ERR_INVALID_PARTITIONS: /],
    [['consume', 'no'], /ERR_NOT_FOUND: there is no topic no; /],
    [['consume', 'clicks', '--partition', '4'], /clicks has no partition 4; it has 0 to 0/],
    [['consume', 'clicks', '--offset', '9'], /ERR_OFFSET_OUT_OF_RANGE: offset 9 is outside/],
    [['produce', 'clicks', '--partition', '4'], /clicks has no partition 4; it has 0 to 0/],
    [['produce', 'no', '--no-create'], /ERR_NOT_FOUND: there is no topic no; /],
    [['groups', 'describe', 'no'], /ERR_GROUP_ID_NOT_FOUND: there is no group no; /],
    [['groups', 'delete', 'no'], /ERR_GROUP_ID_NOT_FOUND: there is no group no; /],
  ])('%j is refused in one sentence', async (words, message) => {
    const { engine, outcome } = await setUp()
    await engine.createTopic('clicks')
    const { code, stdout, stderr } = await outcome(words, 'a\n')
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(message)
    expect(stderr).toMatch(/^duramen: [^\n]+\n$/)
  })
})

describe('records over the network', () => {
  it.each(['all', '1', '0'])('come back as they were sent with --acks %s', async (acks) => {
    const { run, outcome } = await setUp()
    const words = ['produce', 'clicks', '--acks', acks, '--batch-size', '4096']
    const { stderr } = await outcome(words, numbers.join(''))
    expect(stderr).toMatch(/made the topic clicks.*\n.*10000 records .* appended to clicks/)
    expect(await run(['consume', 'clicks'])).toBe(numbers.join(''))
  })

  it.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'])('and so they do with %s', async (codec) => {
    const { run } = await setUp()
    await run(['topics', 'create', 'clicks', '--partitions', '3'])
    await run(
      ['produce', 'clicks', '--compression', codec, '--batch-size', '4096'],
      numbers.join(''),
    )
    const lines = (await run(['consume', 'clicks'])).match(/.*\n/g) ?? []
    expect(new Set(lines)).toEqual(new Set(numbers))
    expect(lines).toHaveLength(numbers.length)
  })

  it('keep every byte from one topic to another', async () => {
    const { run } = await setUp()
    const record =
      '{"key":{"base64":"gA=="},"value":null,"timestamp":7,"headers":[["h","é"],["h",null]]}'
    await run(['produce', 'a', '--format', 'ndjson'], record)
    const first = await run(['consume', 'a', '--format', 'ndjson'])
    await run(['produce', 'b', '--format', 'ndjson'], first)
    expect(await run(['consume', 'b', '--format', 'ndjson'])).toBe(first)
    expect(JSON.parse(first)).toMatchObject(JSON.parse(record))
  })

  it('are read from where it is asked', async () => {
    const { run } = await setUp()
    const line = (n: number) => `{"value":"${n}","timestamp":${1000 * n}}\n`
    await run(['produce', 'clicks', '--format', 'ndjson'], [0, 1, 2, 3, 4].map(line).join(''))
    expect(await run(['consume', 'clicks', '--offset', '3'])).toBe('3\n4\n')
    expect(await run(['consume', 'clicks', '--offset=-2'])).toBe('3\n4\n')
    expect(await run(['consume', 'clicks', '--from-time', '1500'])).toBe('2\n3\n4\n')
    expect(await run(['consume', 'clicks', '--max-records', '2'])).toBe('0\n1\n')
    expect(await run(['consume', 'clicks', '--offset', 'latest'])).toBe('')
  })

  it('that were aborted are left out where that is asked', async () => {
    const { engine, run } = await setUp()
    await engine.createTopic('clicks')
    const log = await engine.log('clicks', 0)
    const producer = { producerId: 1, producerEpoch: 0, isTransactional: true }
    const end = encodeMarker({ type: 'abort', coordinatorEpoch: 0 })
    await log.append([{ value: 'no' }], { ...producer, baseSequence: 0 })
    await log.append([{ value: 'yes' }])
    await log.append([end], { ...producer, isControl: true })
    await log.append([{ value: 'later' }])
    const committed = ['--isolation-level', 'read_committed']
    expect(await run(['consume', 'clicks', ...committed])).toBe('yes\nlater\n')
    expect(await run(['consume', 'clicks'])).toBe('no\nyes\nlater\n')
  })

  it('of many partitions are followed as they come', async () => {
    const { engine, place } = await setUp()
    await engine.createTopic('clicks', { partitions: 8 })
    const words = ['consume', 'clicks', '--follow', '--from-beginning', ...place]
    const following = startCommand(words)
    const producer = engine.producer()
    for (let partition = 0; partition < 8; partition++) {
      const seen = untilOutput(following, `p${partition}`)
      await producer.send('clicks', { value: `p${partition}`, partition })
      await seen
    }
    following.child.kill('SIGTERM')
    expect((await following.ended).code).toBe(143)
  })
})

describe('a broker that is gone', () => {
  it('is followed again once it is back', async () => {
    const engine = await openEngine()
    const first = await startBroker({}, engine)
    const [{ port }] = first.endpoints
    await engine.createTopic('clicks')
    const producer = engine.producer()
    const place = ['--bootstrap-server', `127.0.0.1:${port}`]
    const following = startCommand(['consume', 'clicks', '--follow', '--from-beginning', ...place])
    const before = untilOutput(following, 'before')
    await producer.send('clicks', { value: 'before' })
    await before
    await first.close()
    const [note] = await once(following.child.stderr, 'data')
    expect(String(note)).toMatch(
      /^duramen: the connection to .*; trying again for up to 30 seconds/,
    )
    const after = untilOutput(following, 'after')
    await producer.send('clicks', { value: 'after' })
    await startBroker({ listeners: `127.0.0.1:${port}` }, engine)
    await after
    following.child.kill('SIGTERM')
    const { stdout } = await following.ended
    expect(stdout).toBe('before\nafter\n')
  })

  it('is said in one sentence, and at once', async () => {
    const words = ['topics', 'list', '--bootstrap-server', '127.0.0.1:1']
    const { code, stderr } = await duramen(words)
    expect(code).toBe(1)
    expect(stderr).toMatch(/^duramen: ERR_CONNECTION: .*127.0.0.1:1 .*ECONNREFUSED[^\n]*\n$/)
  })

  it('is passed over where another one is named', async () => {
    const { engine, place } = await setUp()
    await engine.createTopic('clicks')
    const words = ['topics', 'list', '--bootstrap-server', `127.0.0.1:1,${place[1]}`]
    expect(await succeed(words)).toBe('clicks\n')
  })
})
