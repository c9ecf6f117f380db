import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { metadataName, topicIdIn } from '../log/files/partition-metadata.js'
import { readCatalog } from './catalog-file.js'
import { listTopics, partitionPath } from './data-directory.js'

/**
 * What the catalog says, or else a partition of the topic; undefined where none does.
 *
 * @throws as `readCatalog` and `listTopics`
 */
export async function topicId(directory: string, topic: string): Promise<string | undefined> {
  const entry = (await readCatalog(directory))?.get(topic)
  if (entry !== undefined) return entry.id
  const topics = await listTopics(directory)
  for (const partition of topics.find(({ name }) => name === topic)?.partitions ?? []) {
    const path = join(partitionPath(directory, topic, partition), metadataName)
    const text = await readFile(path, 'latin1').catch(() => '')
    const id = topicIdIn(text)
    if (id !== undefined) return id
  }
  return undefined
}
