import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { PartitionLog } from '../../src/log/index.js'
import { makeDataDirectory } from '../../src/topic/data-directory.js'
import { closeAll, listTopics, openTopic, TopicCatalog } from '../../src/topic/index.js'
import { processAgent } from '../support/agent.js'
import { codeOf, records, temporaryDirectory } from '../support/logs.js'

async function makePartition(directory: string): Promise<void> {
  const log = await PartitionLog.open(directory)
  await log.append(records('a'))
  await log.close()
}

const topicId = (partition: string) =>
  readFileSync(join(partition, 'partition.metadata'), 'utf8').split('\n')[1]

describe('topics are found', () => {
  it('from directories whose names end in a number', async () => {
    const dir = temporaryDirectory()
    for (const name of ['b-1-10', 'b-1-2', 'a-0', '__cluster_metadata-0']) {
      await makePartition(join(dir, name))
    }
    for (const name of ['a-01', 'a', '-3', 'a-2.abc-delete', `${'x'.repeat(250)}-0`]) {
      mkdirSync(join(dir, name))
    }
    writeFileSync(join(dir, 'c-0'), 'a file')
    expect(await listTopics(dir)).toEqual([
      { name: 'a', partitions: [0] },
      { name: 'b-1', partitions: [2, 10] },
    ])
  })
})

describe('a topic that is made', () => {
  it('has what a Kafka broker looks for', async () => {
    const dir = join(temporaryDirectory(), 'data')
    const { logs, created } = await openTopic(dir, 'clicks', { create: true })
    await closeAll(logs)
    expect(created).toBe(true)
    const properties = readFileSync(join(dir, 'meta.properties'), 'utf8')
    expect(properties).toMatch(
      /^version=1\ncluster.id=[\w-]{22}\nnode.id=1\ndirectory.id=[\w-]{22}\n$/,
    )
    expect(topicId(join(dir, 'clicks-0'))).toMatch(/^topic_id: \w[\w-]{21}$/)
    expect(readdirSync(dir)).toContain('.kafka_cleanshutdown')
  })

  it.each(['meta.properties.tmp', 'meta.properties.xyz.tmp'])(
    'takes the place of what another process began, and left as %s',
    async (name) => {
      const dir = temporaryDirectory()
      writeFileSync(join(dir, name), 'version=1\n')
      const { logs } = await openTopic(dir, 'clicks', { create: true })
      await closeAll(logs)
      expect(readdirSync(dir)).toContain('meta.properties')
    },
  )

  it('is made once where several are at it', async () => {
    const dir = join(temporaryDirectory(), 'data')
    await Promise.all(Array.from({ length: 8 }, () => makeDataDirectory(dir)))
    expect(readdirSync(dir)).toEqual(['meta.properties'])
  })

  it('leaves nothing behind where another process owns the directory', async () => {
    const dir = temporaryDirectory()
    await closeAll((await openTopic(dir, 'clicks', { create: true })).logs)
    const owner = processAgent()
    await owner.open(join(dir, 'clicks-0'))
    expect(await codeOf(() => openTopic(dir, 'new', { create: true }))).toBe('ERR_LOCKED')
    expect(existsSync(join(dir, 'new-0'))).toBe(false)
  })
})

describe('opening a topic', () => {
  it('gives partitions without metadata the id of the others', async () => {
    const dir = temporaryDirectory()
    await closeAll((await openTopic(dir, 'clicks', { create: true })).logs)
    await makePartition(join(dir, 'clicks-1'))
    await closeAll((await openTopic(dir, 'clicks')).logs)
    expect(topicId(join(dir, 'clicks-1'))).toBe(topicId(join(dir, 'clicks-0')))
  })

  it('for reading changes nothing', async () => {
    const dir = temporaryDirectory()
    await makePartition(join(dir, 'clicks-0'))
    const before = readdirSync(dir, { recursive: true })
    const { logs } = await openTopic(dir, 'clicks', { log: { readOnly: true } })
    expect(logs.map((log) => log.logEndOffset)).toEqual([1])
    await closeAll(logs)
    expect(readdirSync(dir, { recursive: true })).toEqual(before)
  })

  it('opens all partitions or none', async () => {
    const dir = temporaryDirectory()
    for (const name of ['clicks-0', 'clicks-1', 'clicks-2']) await makePartition(join(dir, name))
    await closeAll((await openTopic(dir, 'clicks')).logs)
    rmSync(join(dir, 'clicks-2'), { recursive: true })
    mkdirSync(join(dir, 'clicks-2'))
    writeFileSync(join(dir, 'clicks-2/thesis.txt'), 'mine')
    expect(await codeOf(() => openTopic(dir, 'clicks'))).toBe('ERR_FOREIGN_DIRECTORY')
    expect(readdirSync(join(dir, 'clicks-2'))).toEqual(['thesis.txt'])
    expect(await processAgent().open(join(dir, 'clicks-0'))).toMatchObject({})
  })

  it('makes partitions whose directories are gone, and does not when it reads', async () => {
    const dir = temporaryDirectory()
    for (const name of ['clicks-0', 'clicks-1']) await makePartition(join(dir, name))
    await closeAll((await openTopic(dir, 'clicks')).logs)
    rmSync(join(dir, 'clicks-1'), { recursive: true })
    const partitionsOf = async (options: object) => {
      const { logs } = await openTopic(dir, 'clicks', options)
      await closeAll(logs)
      return logs.map(({ partition }) => partition)
    }
    expect(await partitionsOf({ log: { readOnly: true } })).toEqual([0])
    expect(await partitionsOf({})).toEqual([0, 1])
    expect(topicId(join(dir, 'clicks-1'))).toBe(topicId(join(dir, 'clicks-0')))
  })

  it("follows the topic's configuration", async () => {
    const dir = temporaryDirectory()
    const catalog = await TopicCatalog.open(dir)
    await catalog.create('clicks', { config: { 'segment.bytes': '8192', 'flush.ms': '50' } })
    await catalog.close()
    const { logs } = await openTopic(dir, 'clicks')
    await closeAll(logs)
    expect(logs[0].options).toMatchObject({
      segmentBytes: 8192,
      flush: { intervalMs: 50 },
    })
  })
})
