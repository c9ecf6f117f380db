import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { loadNative } from '../../src/binding.js'
import { call } from '../../src/log/call.js'
import { producerIdsName } from '../../src/log/files/producer-ids.js'
import { ProducerIds } from '../../src/producer/producer-ids.js'
import { listTopics, makeDataDirectory, partitionPath } from '../../src/topic/index.js'
import { duramen } from '../cli/command.js'
import { dataDirectory, openEngine } from '../support/engines.js'
import { unpackGolden } from '../support/golden.js'
import { batchOf, codeOf, memoryDirectory, openLog } from '../support/logs.js'

async function emptyDirectory(): Promise<string> {
  const directory = dataDirectory()
  await makeDataDirectory(directory)
  return directory
}

function reservedIn(directory: string): number {
  const text = readFileSync(join(directory, producerIdsName), 'latin1')
  return Number(/next_producer_id: (\d+)/.exec(text)?.[1])
}

it('ids are given one by one, also to many at once, below an end that is stored before', async () => {
  const directory = await emptyDirectory()
  const ids = new ProducerIds(directory)
  const given = await Promise.all(Array.from({ length: 1500 }, () => ids.next()))
  expect(given).toEqual(Array.from({ length: 1500 }, (_, id) => id))
  expect(reservedIn(directory)).toBe(2000)
})

it('whoever comes next begins above all that was reserved', async () => {
  const directory = await emptyDirectory()
  expect(await new ProducerIds(directory).next()).toBe(0)
  expect(await new ProducerIds(directory).next()).toBe(1000)
})

it('an engine numbers its producers across restarts', async () => {
  const directory = dataDirectory()
  for (const expected of [0, 1000]) {
    const engine = await openEngine(directory, { autoCreateTopics: true })
    const producer = engine.producer()
    await producer.send('clicks', { value: 'a' })
    expect(producer.producerId).toBe(expected)
    await engine.close()
  }
})

it('a file that is damaged in any byte counts for nothing: ids begin above those in use', async () => {
  const directory = await emptyDirectory()
  const log = await openLog(partitionPath(directory, 'clicks', 0))
  await log.append(batchOf(['a'], { producerId: 4321, producerEpoch: 0, baseSequence: 0 }))
  await new ProducerIds(directory).next()
  const path = join(directory, producerIdsName)
  const sound = readFileSync(path)
  expect(reservedIn(directory)).toBe(6000)
  for (let at = 0; at < sound.length; at++) {
    const damaged = Buffer.from(sound)
    damaged[at] = (damaged[at] as number) ^ 1
    writeFileSync(path, damaged)
    expect(await new ProducerIds(directory).next(), `byte ${at}`).toBe(5000)
  }
})

it('verify knows the file, and says where it is damaged', async () => {
  const dir = await emptyDirectory()
  await new ProducerIds(dir).next()
  expect((await duramen(['verify', dir])).stdout).not.toContain('not a file of a log')
  const path = join(dir, producerIdsName)
  writeFileSync(path, readFileSync(path, 'latin1').replace('1000', '1001'))
  const { code, stdout } = await duramen(['verify', dir])
  expect([code, stdout.includes('it is damaged')]).toEqual([1, true])
})

it('in a directory of Kafka ids begin above every one in its snapshots and batches', async () => {
  const directory = memoryDirectory()
  unpackGolden('clean', directory)
  let largest = -1
  for (const { name, partitions } of await listTopics(directory)) {
    for (const partition of partitions) {
      const path = partitionPath(directory, name, partition)
      const id = await call<number>((done) => loadNative().largestProducerId(path, done))
      largest = Math.max(largest, id)
    }
  }
  expect(largest).toBeGreaterThan(0)
  expect(await new ProducerIds(directory).next()).toBe((Math.floor(largest / 1000) + 1) * 1000)
})

it('no id is given where its block cannot be stored', async () => {
  const directory = await emptyDirectory()
  const ids = new ProducerIds(directory)
  rmSync(directory, { recursive: true })
  expect(await codeOf(() => ids.next())).toBe('ERR_NOT_FOUND')
  await makeDataDirectory(directory)
  expect(await ids.next()).toBe(0)
})
