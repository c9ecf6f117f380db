import { describe, expect, it } from 'vitest'
import type { Consumer, ConsumerOptions, RebalanceListener } from '../../src/consumer/index.js'
import type { Engine } from '../../src/engine.js'
import { take } from '../support/consumers.js'
import { openEngine } from '../support/engines.js'
import { codeOf } from '../support/logs.js'

// Nobody has to wait for a heartbeat to hear that others come or go.
const quick = { heartbeatIntervalMs: 20_000, autoOffsetReset: 'earliest' } as const

async function withTopic(partitions = 4): Promise<Engine> {
  const engine = await openEngine()
  await engine.createTopic('clicks', { partitions })
  return engine
}

async function member(
  engine: Engine,
  options: Partial<ConsumerOptions> = {},
  listener?: RebalanceListener,
): Promise<Consumer> {
  const consumer = engine.consumer({ groupId: 'g', ...quick, ...options })
  await consumer.subscribe(['clicks'], listener)
  return consumer
}

const numbers = ({ assignment }: Consumer) => assignment.map(({ partition }) => partition).sort()

/** All ask for records until each has as many partitions as it should. */
async function settle(counts: readonly [Consumer, number][]): Promise<void> {
  await expect
    .poll(
      async () => {
        await Promise.all(counts.map(([consumer]) => consumer.poll(10)))
        return counts.map(([consumer]) => consumer.assignment.length)
      },
      { timeout: 20_000, interval: 1 },
    )
    .toEqual(counts.map(([, count]) => count))
}

describe.each(['range', 'roundrobin', 'sticky', 'cooperative-sticky'])('a group by %s', (name) => {
  const assignors = [name]

  it('shares the partitions among its members, and gives those of one that leaves to the others', async () => {
    const engine = await withTopic()
    const a = await member(engine, { assignors })
    await settle([[a, 4]])
    const b = await member(engine, { assignors })
    await settle([
      [a, 2],
      [b, 2],
    ])
    expect([...numbers(a), ...numbers(b)].sort()).toEqual([0, 1, 2, 3])
    await b.close()
    await settle([[a, 4]])
  })

  it('goes on without a member that asks for nothing any more', async () => {
    const engine = await withTopic()
    const a = await member(engine, { assignors })
    const b = await member(engine, { assignors, heartbeatIntervalMs: 5, maxPollIntervalMs: 60 })
    await settle([
      [a, 2],
      [b, 2],
    ])
    await settle([[a, 4]])
  })

  it('reads every record once where members come and go between their records', async () => {
    const engine = await withTopic()
    const producer = engine.producer({ partitioner: 'round-robin' })
    const values = Array.from({ length: 400 }, (_, i) => String(i))
    await Promise.all(values.map((value) => producer.send('clicks', { value })))
    const a = await member(engine, { assignors })
    const seen = await take(a, 101) // The last one comes again.
    seen.pop()
    const b = await member(engine, { assignors })
    const read = async (consumer: Consumer) => {
      const found: string[] = []
      for (const { value } of await consumer.poll(5)) found.push(String(value))
      seen.push(...found)
    }
    await expect
      .poll(
        async () => {
          await Promise.all([read(a), read(b)])
          return seen.length
        },
        { timeout: 20_000, interval: 1 },
      )
      .toBeGreaterThanOrEqual(400)
    expect(seen.toSorted((x, y) => Number(x) - Number(y))).toEqual(values)
  })
})

describe('a member that is closed while it joins', () => {
  it('keeps nobody waiting', async () => {
    const engine = await withTopic()
    const a = await member(engine)
    await settle([[a, 4]])
    const b = await member(engine)
    const polled = b.poll(0)
    await b.close()
    expect(await polled.catch(() => [])).toEqual([])
    const c = await member(engine)
    await settle([
      [a, 2],
      [c, 2],
    ])
  })
})

describe('listeners', () => {
  it('are told what is assigned and revoked, before it is read or given up', async () => {
    const engine = await withTopic(2)
    const told: string[] = []
    const tell = (what: string) => (partitions: readonly { partition: number }[]) =>
      told.push(`${what} ${partitions.map(({ partition }) => partition)}`)
    const listener = { onAssigned: tell('assigned'), onRevoked: tell('revoked') }
    const a = await member(engine, {}, listener)
    await settle([[a, 2]])
    const b = await member(engine)
    await settle([
      [a, 1],
      [b, 1],
    ])
    expect(told).toEqual(['assigned 0,1', 'revoked 0,1', `assigned ${numbers(a)}`])
  })

  it('are told what was lost', async () => {
    const engine = await withTopic(2)
    const lost = new Set<number>()
    const onLost = (partitions: readonly { partition: number }[]) => {
      for (const { partition } of partitions) lost.add(partition)
    }
    const a = await member(engine, { heartbeatIntervalMs: 5, maxPollIntervalMs: 60 }, { onLost })
    await settle([[a, 2]])
    const b = await member(engine)
    await settle([[b, 2]])
    await settle([
      [a, 1],
      [b, 1],
    ])
    expect([...lost].sort()).toEqual([0, 1])
  })
})

describe('a pattern', () => {
  it('takes topics that are made later', async () => {
    const engine = await withTopic(1)
    const consumer = engine.consumer({ groupId: 'g', ...quick })
    await consumer.subscribe(/^cl/)
    await settle([[consumer, 1]])
    await engine.createTopic('clouds', { partitions: 2 })
    await engine.createTopic('other')
    await settle([[consumer, 3]])
    await engine.deleteTopic('clicks')
    await settle([[consumer, 2]])
  })
})

describe('committing', () => {
  it('is by record, by offset, or for all positions', async () => {
    const engine = await withTopic(1)
    const producer = engine.producer()
    await Promise.all(['a', 'b', 'c'].map((value) => producer.send('clicks', { value })))
    const consumer = await member(engine, { enableAutoCommit: false })
    const offset = async () => (await consumer.committed())[0]?.offset
    const [, second] = await consumer.poll(5000)
    expect(await offset()).toBeUndefined()
    await consumer.commit(second as NonNullable<typeof second>)
    expect(await offset()).toBe(2)
    await consumer.commit([{ topic: 'clicks', partition: 0, offset: 1 }])
    expect(await offset()).toBe(1)
    await consumer.poll(0)
    await consumer.commit()
    expect(await offset()).toBe(3)
  })

  it('by itself covers neither the record that a loop was left on nor what was read ahead', async () => {
    const engine = await withTopic(1)
    const producer = engine.producer()
    await Promise.all(['a', 'b', 'c'].map((value) => producer.send('clicks', { value })))
    const consumer = await member(engine)
    await take(consumer, 2)
    await consumer.close()
    expect(await take(await member(engine), 1)).toEqual(['b'])
  })

  it('is done when the consumer is closed, which leaves the group, as leaving a loop does not', async () => {
    const engine = await withTopic(1)
    const producer = engine.producer()
    await Promise.all(['a', 'b', 'c'].map((value) => producer.send('clicks', { value })))
    const consumer = await member(engine)
    expect(await take(consumer, 2)).toEqual(['a', 'b'])
    const groups = await engine.groups()
    expect((await groups.describe('g')).members).toHaveLength(1)
    expect(consumer.assignment).toHaveLength(1)
    await consumer.close()
    expect((await groups.describe('g')).members).toEqual([])
    expect(await groups.fetchOffsets('g', [{ topic: 'clicks', partition: 0 }])).toMatchObject([
      { offset: 1 },
    ])
  })

  it('is refused to a member that the group has gone on without', async () => {
    const engine = await withTopic(1)
    const a = await member(engine, {
      heartbeatIntervalMs: 5,
      maxPollIntervalMs: 60,
      enableAutoCommit: false,
    })
    await settle([[a, 1]])
    const b = await member(engine)
    await settle([[b, 1]])
    const commit = () => a.commit([{ topic: 'clicks', partition: 0, offset: 0 }])
    expect(await codeOf(commit)).toMatch(/^ERR_(UNKNOWN_MEMBER_ID|ILLEGAL_GENERATION)$/)
  })

  it('needs a group', async () => {
    const engine = await withTopic(1)
    const consumer = engine.consumer()
    await consumer.assign([{ topic: 'clicks', partition: 0 }])
    expect(await codeOf(() => consumer.commit())).toBe('ERR_INVALID_GROUP_ID')
    expect(await codeOf(() => consumer.subscribe(['clicks']))).toBe('ERR_INVALID_GROUP_ID')
  })
})
