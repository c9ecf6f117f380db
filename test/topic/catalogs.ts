import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { PartitionLog } from '../../src/log/index.js'
import { preparePartitions, TopicCatalog } from '../../src/topic/index.js'
import { records, temporaryDirectory } from '../support/logs.js'

/** A catalog that is closed when the test has finished. */
export async function openCatalog(
  directory = temporaryDirectory(),
  options = {},
): Promise<TopicCatalog> {
  const catalog = await TopicCatalog.open(directory, options)
  onTestFinished(() => catalog.close())
  return catalog
}

export async function reopened(catalog: TopicCatalog): Promise<TopicCatalog> {
  await catalog.close()
  return openCatalog(catalog.directory)
}

export const pathOf = ({ directory }: TopicCatalog) => join(directory, 'duramen.topics')

/** All partitions of a topic with three records in each, of which the first two are deleted; closed again. */
export async function fill(catalog: TopicCatalog, name: string): Promise<void> {
  const topic = catalog.get(name)
  const numbers = Array.from({ length: topic.partitions }, (_, number) => number)
  for (const path of await preparePartitions(catalog.directory, topic, numbers)) {
    const log = await PartitionLog.open(path, { flush: 'os' })
    await log.append(records('a', 'b', 'c'))
    await log.deleteBefore(2)
    await log.close()
  }
}

/** Directories of partitions, also of those on their way out. */
export const partitionsIn = (directory: string) =>
  readdirSync(directory)
    .filter((name) => /-\d+$|-delete$/.test(name))
    .sort()
