import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { PartitionLog } from '../../src/log/index.js'
import { type NewTopic, preparePartitions, TopicCatalog } from '../../src/topic/index.js'
import { newUuid } from '../../src/topic/uuid.js'
import { codeOf, faultOf, temporaryDirectory } from '../support/logs.js'
import { fill, openCatalog, partitionsIn, pathOf, reopened } from './catalogs.js'

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

  it('is let go of when the thread that has it ends', async () => {
    const directory = temporaryDirectory()
    const worker = new Worker(join(import.meta.dirname, 'hold-catalog.mjs'), {
      workerData: directory,
    })
    await once(worker, 'message')
    expect(await codeOf(() => TopicCatalog.open(directory))).toBe('ERR_LOCKED')
    await worker.terminate()
    await openCatalog(directory)
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
