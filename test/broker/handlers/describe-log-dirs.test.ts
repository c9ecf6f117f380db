import { existsSync } from 'node:fs'
import { expect, it } from 'vitest'
import type { Engine } from '../../../src/engine.js'
import { apis, type RequestInput } from '../../../src/protocol/index.js'
import { partitionPath } from '../../../src/topic/index.js'
import { dataDirectory, openEngine } from '../../support/engines.js'
import { clientOf } from '../../support/wire-client.js'

type Asked = RequestInput<typeof apis.describeLogDirs>['topics']

async function describe(engine: Engine, topics: Asked = null, version?: number) {
  return (await clientOf(engine)).ask(apis.describeLogDirs, { topics }, version)
}

/** What is said of sizes, by partition. */
async function sizesOf(engine: Engine, topics: Asked = null) {
  const { results } = await describe(engine, topics)
  return Object.fromEntries(
    results[0].topics.flatMap(({ name, partitions }) =>
      partitions.map((one) => [`${name}-${one.partitionIndex}`, one.partitionSize]),
    ),
  )
}

it('the directory and the bytes of its partitions, in every version', async () => {
  const engine = await openEngine()
  await engine.createTopic('t', { partitions: 2 })
  await engine.producer().send('t', { value: 'v', partition: 1 })
  const { logBytes } = (await engine.log('t', 1)).info
  for (let version = 1; version <= 4; version++) {
    const { errorCode, results } = await describe(engine, null, version)
    expect(errorCode).toBe(0)
    expect(results).toHaveLength(1)
    const [{ logDir, topics, totalBytes, usableBytes }] = results
    expect(logDir).toBe(engine.directory)
    const rest = { offsetLag: 0, isFutureKey: false }
    const partitions = [
      { partitionIndex: 0, partitionSize: 0, ...rest },
      { partitionIndex: 1, partitionSize: logBytes, ...rest },
    ]
    expect(topics).toEqual([{ name: 't', partitions }])
    expect(totalBytes > 0 && totalBytes >= usableBytes && usableBytes >= 0).toBe(version >= 4)
  }
})

it('partitions that are asked for, without those that there are not', async () => {
  const engine = await openEngine()
  await engine.createTopic('t', { partitions: 3 })
  await engine.createTopic('u')
  const asked = [
    { topic: 't', partitions: [1, 1, 3, -1] },
    { topic: 'none', partitions: [0] },
    { topic: 'u', partitions: [] },
  ]
  expect(await sizesOf(engine, asked)).toEqual({ 't-1': 0 })
  expect(await sizesOf(engine, [])).toEqual({})
})

it('logs that are closed are not opened for it', async () => {
  const directory = dataDirectory()
  const engine = await openEngine(directory)
  await engine.createTopic('t', { partitions: 2 })
  await engine.producer().send('t', { value: 'v', partition: 0 })
  const before = await sizesOf(engine)
  await engine.close()
  const again = await openEngine(directory)
  await again.createTopic('u')
  expect(before['t-0']).toBeGreaterThan(0)
  expect(await sizesOf(again)).toEqual({ ...before, 'u-0': 0 })
  // It would have been made.
  expect(existsSync(partitionPath(directory, 'u', 0))).toBe(false)
})
