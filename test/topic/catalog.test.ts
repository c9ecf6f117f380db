import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { PartitionLog } from '../../src/log/index.js'
import { type NewTopic, preparePartitions, TopicCatalog } from '../../src/topic/index.js'
import { newUuid } from '../../src/topic/uuid.js'
import { codeOf, faultOf, records, temporaryDirectory, valuesOf } from '../support/logs.js'

async function openCatalog(directory = temporaryDirectory(), options = {}): Promise<TopicCatalog> {
  const catalog = await TopicCatalog.open(directory, options)
  onTestFinished(() => catalog.close())
  return catalog
}

async function reopened(catalog: TopicCatalog): Promise<TopicCatalog> {
  await catalog.close()
  return openCatalog(catalog.directory)
}

const pathOf = ({ directory }: TopicCatalog) => join(directory, 'duramen.topics')

/** All partitions of a topic with a record in each, closed again. */
async function fill(catalog: TopicCatalog, name: string): Promise<void> {
  const topic = catalog.get(name)
  const numbers = Array.from({ length: topic.partitions }, (_, number) => number)
  for (const path of await preparePartitions(catalog.directory, topic, numbers)) {
    const log = await PartitionLog.open(path, { flush: 'os' })
    await log.append(records('a', 'b', 'c'))
    await log.deleteBefore(2)
    await log.close()
  }
}

const partitionsIn = (directory: string) =>
  readdirSync(directory)
    .filter((name) => /-\d+$|-delete$/.test(name))
    .sort()

describe('a topic', () => {
  it('is what it was made as, also after the catalog was opened again', async () => {
    const catalog = await openCatalog()
    const id = newUuid()
    const config = { 'retention.ms': '5', cleanupPolicy: ['compact' as const] }
    const made = await catalog.create('clicks', { partitions: 4, config, id })
    const expected = {
      name: 'clicks',
      id,
      partitions: 4,
      config: { cleanupPolicy: ['compact'], retentionMs: 5 },
    }
    expect(made).toEqual(expected)
    expect(catalog.get('clicks')).toEqual(expected)
    await catalog.create('a')
    const again = await reopened(catalog)
    expect(again.get('clicks')).toEqual(expected)
    expect(again.list().map(({ name, partitions }) => [name, partitions])).toEqual([
      ['a', 1],
      ['clicks', 4],
    ])
  })

  it('has an id as Kafka writes them, and an other than the others', async () => {
    const catalog = await openCatalog()
    const ids = await Promise.all(['a', 'b'].map(async (name) => (await catalog.create(name)).id))
    expect(ids[0]).toMatch(/^\w[\w-]{21}$/)
    expect(ids[0]).not.toBe(ids[1])
  })

  it.each<[string, string, NewTopic, string, number]>([
    ['has the name of another', 'clicks', {}, 'ERR_TOPIC_EXISTS', 36],
    ['differs in a dot from another', 'web_clicks.eu', {}, 'ERR_INVALID_TOPIC', 17],
    ['is called .', '.', {}, 'ERR_INVALID_TOPIC', 17],
    ['is called ..', '..', {}, 'ERR_INVALID_TOPIC', 17],
    ['has 250 characters', 'x'.repeat(250), {}, 'ERR_INVALID_TOPIC', 17],
    ['has a space in its name', 'a b', {}, 'ERR_INVALID_TOPIC', 17],
    ['has no name', '', {}, 'ERR_INVALID_TOPIC', 17],
    ["is that of Kafka's controllers", '__cluster_metadata', {}, 'ERR_INVALID_TOPIC', 17],
    ['has a name that is no text', 7 as never, {}, 'ERR_INVALID_TOPIC', 17],
    ['has no partition', 'a', { partitions: 0 }, 'ERR_INVALID_PARTITIONS', 37],
    ['has too many partitions', 'a', { partitions: 100_001 }, 'ERR_INVALID_PARTITIONS', 37],
    ['has half a partition', 'a', { partitions: 1.5 }, 'ERR_INVALID_PARTITIONS', 37],
    ['has a wrong configuration', 'a', { config: { x: 1 } }, 'ERR_INVALID_OPTION', 40],
    ['has no id', 'a', { id: '' }, 'ERR_INVALID_ARGUMENT', 42],
    ['has an id of 130 bits', 'a', { id: 'B'.repeat(22) }, 'ERR_INVALID_ARGUMENT', 42],
    ["has Kafka's id for none", 'a', { id: 'A'.repeat(22) }, 'ERR_INVALID_ARGUMENT', 42],
  ])('is refused that %s', async (_, name, options, code, kafkaCode) => {
    const catalog = await openCatalog()
    await catalog.create('clicks')
    await catalog.create('web.clicks_eu')
    const before = readFileSync(pathOf(catalog), 'utf8')
    expect(await faultOf(() => catalog.create(name, options))).toMatchObject({ code, kafkaCode })
    expect(readFileSync(pathOf(catalog), 'utf8')).toBe(before)
    expect(catalog.list().length).toBe(2)
  })

  it('is refused the id of another', async () => {
    const catalog = await openCatalog()
    const { id } = await catalog.create('a')
    expect(await codeOf(() => catalog.create('b', { id }))).toBe('ERR_TOPIC_EXISTS')
  })

  it('may have a name of 249 characters', async () => {
    const catalog = await openCatalog()
    const name = 'x'.repeat(249)
    await catalog.create(name)
    await fill(catalog, name)
    await catalog.delete(name)
    expect(partitionsIn(catalog.directory)).toEqual([])
  })

  it('is refused where directories of its name hold something', async () => {
    const catalog = await openCatalog()
    const inside = (name: string) => join(catalog.directory, name)
    mkdirSync(inside('photos-0'))
    await catalog.create('photos')
    mkdirSync(inside('papers-1'))
    writeFileSync(inside('papers-1/thesis.txt'), 'mine')
    const papers = await codeOf(() => catalog.create('papers', { partitions: 2 }))
    expect(papers).toBe('ERR_FOREIGN_DIRECTORY')
    await (await PartitionLog.open(inside('own-0'), { flush: 'os' })).close()
    expect(await codeOf(() => catalog.create('own'))).toBe('ERR_TOPIC_EXISTS')
    expect(catalog.list().map(({ name }) => name)).toEqual(['photos'])
  })
})

describe('a partition', () => {
  it('is prepared whatever an interrupted preparation left', async () => {
    const catalog = await openCatalog()
    const topic = await catalog.create('clicks', { partitions: 2 })
    mkdirSync(join(catalog.directory, 'clicks-0'))
    mkdirSync(join(catalog.directory, 'clicks-1'))
    writeFileSync(join(catalog.directory, 'clicks-1/partition.metadata.xyz.tmp'), 'version: 0')
    for (const path of await preparePartitions(catalog.directory, topic, [0, 1])) {
      expect(readdirSync(path)).toEqual(['partition.metadata'])
    }
  })

  it('and a catalog half written is not there', async () => {
    const catalog = await openCatalog()
    writeFileSync(`${pathOf(catalog)}.xyz.tmp`, '{"version":1')
    await reopened(catalog)
    const names = readdirSync(catalog.directory).filter((name) => name.startsWith('duramen'))
    expect(names).toEqual(['duramen.topics'])
  })
})

describe('altering a topic', () => {
  it('changes what is named, and null takes it back', async () => {
    const catalog = await openCatalog()
    await catalog.create('clicks', { config: { retentionMs: 5, segmentMs: 6 } })
    await catalog.alter('clicks', { 'retention.ms': null, 'segment.bytes': '4096' })
    expect((await reopened(catalog)).get('clicks').config).toEqual({
      segmentBytes: 4096,
      segmentMs: 6,
    })
  })

  it('adds partitions, and never takes any away', async () => {
    const catalog = await openCatalog()
    await catalog.create('clicks', { partitions: 2 })
    await catalog.addPartitions('clicks', 3)
    expect(catalog.get('clicks').partitions).toBe(3)
    for (const total of [3, 2, 0, 100_001, 3.5]) {
      const fault = await faultOf(() => catalog.addPartitions('clicks', total))
      expect(fault).toMatchObject({ code: 'ERR_INVALID_PARTITIONS', kafkaCode: 37 })
    }
    expect((await reopened(catalog)).get('clicks').partitions).toBe(3)
  })

  it('leaves everything as it was where the change is refused', async () => {
    const catalog = await openCatalog()
    await catalog.create('clicks', { config: { retentionMs: 5 } })
    const changes = { segmentMs: 6, retentionMs: 'x' }
    expect(await codeOf(() => catalog.alter('clicks', changes))).toBe('ERR_INVALID_OPTION')
    expect(catalog.get('clicks').config).toEqual({ retentionMs: 5 })
  })

  it('of a topic that is not there is refused, and says which are', async () => {
    const catalog = await openCatalog()
    await catalog.create('clicks')
    for (const work of [
      () => catalog.get('other'),
      () => catalog.alter('other', {}),
      () => catalog.addPartitions('other', 2),
      () => catalog.delete('other'),
    ]) {
      const fault = await faultOf(work)
      expect(fault).toMatchObject({ code: 'ERR_NOT_FOUND', kafkaCode: 3 })
      expect(fault?.message).toMatch(/no topic other in .*; there are clicks/)
    }
    expect(catalog.find('other')).toBeUndefined()
  })
})

describe('deleting a topic', () => {
  it('removes it with its directories, and no other', async () => {
    const catalog = await openCatalog()
    for (const name of ['a', 'a-1', 'b']) await catalog.create(name, { partitions: 2 })
    for (const name of ['a', 'a-1', 'b']) await fill(catalog, name)
    await catalog.delete('a')
    expect(partitionsIn(catalog.directory)).toEqual(['a-1-0', 'a-1-1', 'b-0', 'b-1'])
    const again = await reopened(catalog)
    expect(again.list().map(({ name }) => name)).toEqual(['a-1', 'b'])
  })

  it('is certain before the logs are closed, and removes nothing before', async () => {
    const catalog = await openCatalog()
    await catalog.create('clicks')
    await fill(catalog, 'clicks')
    await catalog.delete('clicks', async () => {
      expect(catalog.find('clicks')).toBeUndefined()
      expect(catalog.list()).toEqual([])
      expect(readFileSync(pathOf(catalog), 'utf8')).toContain('"deleting":true')
      expect(partitionsIn(catalog.directory)).toEqual(['clicks-0'])
    })
    expect(partitionsIn(catalog.directory)).toEqual([])
  })

  it('is finished by a second call where the logs did not close', async () => {
    const catalog = await openCatalog()
    await catalog.create('clicks')
    await fill(catalog, 'clicks')
    const failing = catalog.delete('clicks', () => Promise.reject(new Error('busy')))
    await expect(failing).rejects.toThrow('busy')
    expect(await codeOf(() => catalog.create('clicks'))).toBe('ERR_TOPIC_EXISTS')
    expect(await codeOf(() => catalog.get('clicks'))).toBe('ERR_NOT_FOUND')
    await catalog.delete('clicks')
    expect(partitionsIn(catalog.directory)).toEqual([])
    await catalog.create('clicks')
  })

  it('is finished by opening where it was interrupted, at any point', async () => {
    const hex = (id: string) => Buffer.from(id, 'base64url').toString('hex')
    for (const renamed of [0, 1, 2]) {
      const catalog = await openCatalog()
      const { id } = await catalog.create('clicks', { partitions: 2 })
      await fill(catalog, 'clicks')
      await catalog.delete('clicks', () => Promise.reject(new Error('killed'))).catch(() => {})
      for (let number = 0; number < renamed; number++) {
        const from = join(catalog.directory, `clicks-${number}`)
        mkdirSync(join(catalog.directory, `clicks-${number}.${hex(id)}-delete`))
        rmSync(from, { recursive: true })
      }
      expect(partitionsIn(catalog.directory).length).toBe(2)
      const reader = await openCatalog(catalog.directory, { readOnly: true })
      expect(reader.list()).toEqual([])
      const again = await reopened(catalog)
      expect(again.list()).toEqual([])
      expect(partitionsIn(catalog.directory)).toEqual([])
      expect(readFileSync(pathOf(catalog), 'utf8')).not.toContain('clicks')
    }
  })

  it('leaves what is read in the hands of who reads it', async () => {
    const catalog = await openCatalog()
    const topic = await catalog.create('clicks')
    const [path] = await preparePartitions(catalog.directory, topic, [0])
    const log = await PartitionLog.open(path, { flush: 'os' })
    await log.append(records(...Array.from({ length: 1000 }, () => 'x'.repeat(1000))))
    const view = await log.read(0)
    await catalog.delete('clicks', () => log.close())
    expect(existsSync(path)).toBe(false)
    expect(valuesOf(view).every((value) => value === 'x'.repeat(1000))).toBe(true)
    expect(view.valid).toBe(true)
  })

  it('leaves no offsets for a topic that is made under its name again', async () => {
    const catalog = await openCatalog()
    const kafka = join(catalog.directory, 'replication-offset-checkpoint')
    for (const name of ['clicks', 'other']) {
      await catalog.create(name)
      await fill(catalog, name)
    }
    writeFileSync(kafka, '0\n2\nclicks 0 3\nother 0 3\n')
    await catalog.delete('clicks')
    expect(readFileSync(kafka, 'utf8')).toBe('0\n1\nother 0 3\n')
    const topic = await catalog.create('clicks')
    const [path] = await preparePartitions(catalog.directory, topic, [0])
    const log = await PartitionLog.open(path, { flush: 'os' })
    expect([log.logStartOffset, log.logEndOffset]).toEqual([0, 0])
    await log.close()
    const other = await PartitionLog.open(join(catalog.directory, 'other-0'))
    expect([other.logStartOffset, other.logEndOffset]).toEqual([2, 3])
    await other.close()
  })
})

describe('the catalog', () => {
  it('makes changes one after the other, in the order of the calls', async () => {
    const catalog = await openCatalog()
    const names = Array.from({ length: 20 }, (_, i) => `t${i}`)
    const results = await Promise.allSettled([
      ...names.map((name) => catalog.create(name)),
      catalog.create('t3'),
      catalog.delete('t4'),
      catalog.addPartitions('t5', 2),
      catalog.addPartitions('t5', 3),
      catalog.create('t4', { partitions: 7 }),
    ])
    expect(results.filter(({ status }) => status === 'rejected').length).toBe(1)
    const again = await reopened(catalog)
    expect(again.list().length).toBe(20)
    expect(again.get('t4').partitions).toBe(7)
    expect(again.get('t5').partitions).toBe(3)
  })

  it('waits for what was begun when it closes, and takes nothing more', async () => {
    const catalog = await openCatalog()
    const made = catalog.create('clicks')
    const closed = catalog.close()
    expect(await codeOf(() => catalog.create('b'))).toBe('ERR_CLOSED')
    await Promise.all([made, closed, catalog.close()])
    expect((await openCatalog(catalog.directory)).get('clicks').partitions).toBe(1)
  })

  it('has one owner in a process', async () => {
    const catalog = await openCatalog()
    expect(await codeOf(() => TopicCatalog.open(catalog.directory))).toBe('ERR_LOCKED')
    await catalog.close()
    await (await TopicCatalog.open(catalog.directory)).close()
  })

  it('can be read beside its owner, and by nobody changed', async () => {
    const catalog = await openCatalog()
    await catalog.create('clicks')
    const before = readdirSync(catalog.directory)
    const reader = await openCatalog(catalog.directory, { readOnly: true })
    expect(reader.list()).toEqual(catalog.list())
    expect(await codeOf(() => reader.create('b'))).toBe('ERR_READ_ONLY')
    expect(readdirSync(catalog.directory)).toEqual(before)
  })
})
