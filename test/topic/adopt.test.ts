import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { PartitionLog } from '../../src/log/index.js'
import { preparePartitions, type Topic, TopicCatalog } from '../../src/topic/index.js'
import { newUuid } from '../../src/topic/uuid.js'
import { processAgent } from '../support/agent.js'
import { unpackGolden } from '../support/golden.js'
import { codeOf, faultOf, records, temporaryDirectory } from '../support/logs.js'

/** A directory of Kafka's, so far empty. */
function dataDirectory(): string {
  const directory = temporaryDirectory()
  writeFileSync(join(directory, 'meta.properties'), 'version=1\n')
  return directory
}

/** A partition as Kafka leaves it; without an id as an old one does. */
async function addPartition(directory: string, name: string, id?: string): Promise<void> {
  const log = await PartitionLog.open(join(directory, name), { flush: 'os' })
  await log.append(records('a'))
  await log.close()
  if (id) writeFileSync(join(directory, name, 'partition.metadata'), metadataOf(id))
}

const metadataOf = (id: string) => `version: 0\ntopic_id: ${id}`

/** What a catalog that is opened says, and that it says it again. */
async function topicsOf(directory: string): Promise<readonly Topic[]> {
  const catalog = await TopicCatalog.open(directory)
  const topics = catalog.list()
  await catalog.close()
  const again = await TopicCatalog.open(directory, { readOnly: true })
  expect(again.list()).toEqual(topics)
  return topics
}

async function withTopic(directory: string, options = {}): Promise<Topic> {
  const catalog = await TopicCatalog.open(directory)
  const topic = await catalog.create('clicks', options)
  await catalog.close()
  return topic
}

describe('topics without a catalog are taken in', () => {
  it("from Kafka's directories, with their ids", async () => {
    const directory = temporaryDirectory()
    unpackGolden('clean', directory)
    const before = readFileSync(join(directory, 'idempotent-1/partition.metadata'), 'utf8')
    const topics = await topicsOf(directory)
    const found = topics.find(({ name }) => name === 'idempotent')
    expect(found).toMatchObject({ partitions: 2, config: {} })
    expect(before).toContain(found?.id)
    expect(topics.map(({ name }) => name)).not.toContain('__cluster_metadata')
  })

  it('with a new id where their directories have none', async () => {
    const directory = dataDirectory()
    await addPartition(directory, 'clicks-0')
    const reader = await TopicCatalog.open(directory, { readOnly: true })
    expect(reader.get('clicks').id).toBe('A'.repeat(22))
    const [topic] = await topicsOf(directory)
    expect(topic.id).toMatch(/^\w[\w-]{21}$/)
    expect(topic.id).not.toBe('A'.repeat(22))
    await preparePartitions(directory, topic, [0])
    const metadata = readFileSync(join(directory, 'clicks-0/partition.metadata'), 'utf8')
    expect(metadata).toBe(metadataOf(topic.id))
  })

  it('with all partitions up to the highest', async () => {
    const directory = dataDirectory()
    const id = newUuid()
    await addPartition(directory, 'clicks-2')
    await addPartition(directory, 'clicks-10', id)
    expect(await topicsOf(directory)).toEqual([{ name: 'clicks', id, partitions: 11, config: {} }])
  })

  it('but not from directories without a log, or on their way out', async () => {
    const directory = dataDirectory()
    mkdirSync(join(directory, 'photos-2019'))
    mkdirSync(join(directory, 'papers-1'))
    writeFileSync(join(directory, 'papers-1/thesis.txt'), 'mine')
    mkdirSync(join(directory, `old-0.${'a'.repeat(32)}-delete`))
    mkdirSync(join(directory, '.-0'))
    writeFileSync(join(directory, '.-0/partition.metadata'), metadataOf(newUuid()))
    expect(await topicsOf(directory)).toEqual([])
    expect(readdirSync(directory)).toContain('photos-2019')
  })

  it('and nothing is written by a reader', async () => {
    const directory = dataDirectory()
    await addPartition(directory, 'clicks-0')
    const before = readdirSync(directory, { recursive: true })
    const reader = await TopicCatalog.open(directory, { readOnly: true })
    expect(reader.get('clicks').partitions).toBe(1)
    expect(readdirSync(directory, { recursive: true })).toEqual(before)
  })
})

describe('what Kafka changed while it ran here', () => {
  it('is a topic more', async () => {
    const directory = dataDirectory()
    const clicks = await withTopic(directory, { config: { retentionMs: 5 } })
    const id = newUuid()
    await addPartition(directory, 'other-0', id)
    const other = { name: 'other', id, partitions: 1, config: {} }
    expect(await topicsOf(directory)).toEqual([clicks, other])
  })

  it('is a partition more, which keeps the configuration', async () => {
    for (const hasId of [true, false]) {
      const directory = dataDirectory()
      const clicks = await withTopic(directory, { config: { retentionMs: 5 } })
      await addPartition(directory, 'clicks-4', hasId ? clicks.id : undefined)
      expect(await topicsOf(directory)).toEqual([{ ...clicks, partitions: 5 }])
    }
  })

  it('is no part of a topic that was being deleted', async () => {
    const directory = dataDirectory()
    const { id } = await withTopic(directory)
    const catalog = await TopicCatalog.open(directory)
    await catalog.delete('clicks', () => Promise.reject(new Error('killed'))).catch(() => {})
    await catalog.close()
    await addPartition(directory, 'clicks-4', id)
    expect(await topicsOf(directory)).toEqual([])
    expect(readdirSync(directory)).not.toContain('clicks-4')
  })

  it('is another topic of the same name: that is refused, for this topic alone', async () => {
    const directory = dataDirectory()
    const clicks = await withTopic(directory)
    await addPartition(directory, 'clicks-0', newUuid())
    expect(await topicsOf(directory)).toEqual([clicks])
    const fault = await faultOf(() => preparePartitions(directory, clicks, [0]))
    expect(fault).toMatchObject({ code: 'ERR_CORRUPT_LOG', path: join(directory, 'clicks-0') })
    expect(fault?.message).toMatch(
      /belongs to a topic with the id .*; move away what is not wanted/,
    )
  })
})

describe('a contradiction is refused, and nothing is written:', () => {
  const id = newUuid()
  it.each<[string, (directory: string) => Promise<unknown>, RegExp]>([
    [
      'partitions of two ids',
      async (directory) => {
        await addPartition(directory, 'clicks-0', id)
        await addPartition(directory, 'clicks-1', newUuid())
      },
      /clicks-1 has the topic id .*, and other partitions have/,
    ],
    [
      'a partition more, of another id',
      async (directory) => {
        await withTopic(directory)
        await addPartition(directory, 'clicks-1', id)
      },
      /clicks-1 has the topic id .*, and other partitions have/,
    ],
    [
      'a copy of a topic',
      async (directory) => {
        await addPartition(directory, 'clicks-0', id)
        cpSync(join(directory, 'clicks-0'), join(directory, 'copy-0'), { recursive: true })
      },
      /copy has the topic id of clicks; remove partition.metadata/,
    ],
    [
      'a number that no partition has',
      (directory) => addPartition(directory, 'clicks-0-20260101', id),
      /no topic has a partition 20260101; move .*clicks-0-20260101 away/,
    ],
    [
      'metadata that do not parse',
      async (directory) => {
        await addPartition(directory, 'clicks-0', 'x')
      },
      /partition.metadata does not parse; move it aside/,
    ],
    [
      "an id that is Kafka's for none",
      async (directory) => addPartition(directory, 'clicks-0', 'A'.repeat(22)),
      /is no topic's id/,
    ],
  ])('%s', async (_, make, message) => {
    const directory = dataDirectory()
    await make(directory)
    const files = () => readdirSync(directory).filter((name) => name !== '.lock')
    const before = files()
    const fault = await faultOf(() => TopicCatalog.open(directory))
    expect(fault?.code).toBe('ERR_CORRUPT_LOG')
    expect(fault?.message).toMatch(message)
    expect(files()).toEqual(before)
    expect(await codeOf(() => TopicCatalog.open(directory))).toBe('ERR_CORRUPT_LOG')
  })
})

describe('logs that were opened by themselves', () => {
  it('are found where they were left once they are a topic', async () => {
    const directory = temporaryDirectory()
    for (const name of ['clicks-0', 'clicks-1']) {
      const log = await PartitionLog.open(join(directory, name), { flush: 'os' })
      await log.append(records('a', 'b', 'c'))
      await log.deleteBefore(2)
      await log.close()
      // It says the same; without it the checkpoint alone does.
      rmSync(join(directory, name, 'duramen.watermark'))
    }
    expect((await topicsOf(directory))[0].partitions).toBe(2)
    expect(readdirSync(directory)).toContain('meta.properties')
    const log = await PartitionLog.open(join(directory, 'clicks-1'))
    expect([log.logStartOffset, log.logEndOffset]).toEqual([2, 3])
    await log.close()
  })

  it('are left alone while another process has one open', async () => {
    const directory = temporaryDirectory()
    const owner = processAgent()
    await owner.open(join(directory, 'clicks-0'))
    expect(await codeOf(() => TopicCatalog.open(directory))).toBe('ERR_LOCKED')
    expect(readdirSync(directory)).toEqual(['clicks-0'])
    await owner.end()
    rmSync(join(directory, 'clicks-0/log-start-offset-checkpoint'), { force: true })
    expect((await topicsOf(directory))[0].partitions).toBe(1)
  })

  it('make no data directory where their offsets do not parse', async () => {
    const directory = temporaryDirectory()
    await addPartition(directory, 'clicks-0')
    writeFileSync(join(directory, 'clicks-0/log-start-offset-checkpoint'), '0\n1\nclicks 0\n')
    expect(await codeOf(() => TopicCatalog.open(directory))).toBe('ERR_CORRUPT_LOG')
    expect(readdirSync(directory)).toEqual(['clicks-0'])
  })
})
