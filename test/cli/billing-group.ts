import { expect } from 'vitest'
import type { Engine } from '../../src/engine.js'
import { dataDirectory, openEngine } from '../support/engines.js'
import { duramen, overNetwork, succeed } from './command.js'

/** `clicks` with two partitions of ten records, timestamps 0 to 9,000; `billing` stands at 4 and 7. */
export async function withGroup(where: 'directory' | 'broker' = 'directory') {
  const dir = dataDirectory()
  const engine = await openEngine(dir)
  await engine.createTopic('clicks', { partitions: 2 })
  const producer = engine.producer()
  for (let i = 0; i < 20; i++) {
    const record = { value: String(i), partition: i % 2, timestamp: 1000 * (i >> 1) }
    await producer.send('clicks', record)
  }
  await commit(engine, 'billing', [4, 7])
  const place = where === 'broker' ? await overNetwork(engine) : ['--dir', dir]
  if (where === 'directory') await engine.close()
  const groups = (...words: string[]) => succeed(['groups', ...words, ...place])
  const failing = (...words: string[]) => duramen(['groups', ...words, ...place])
  const offsets = async () => {
    const { partitions } = JSON.parse(await groups('describe', 'billing', '--json'))
    return partitions.map(({ committedOffset }: { committedOffset: number }) => committedOffset)
  }
  return { dir, groups, failing, offsets }
}

/** Commits for partitions 0, 1 and so on. */
export async function commit(
  engine: Engine,
  groupId: string,
  offsets: readonly number[],
  topic = 'clicks',
) {
  const places = offsets.map((offset, partition) => ({ topic, partition, offset }))
  await (await engine.groups()).commitOffsets({ groupId, offsets: places })
}

/** How a command ends that has failed with this error. */
export const fails = (error: string) => ({
  code: 1,
  stdout: '',
  stderr: expect.stringMatching(error),
})
