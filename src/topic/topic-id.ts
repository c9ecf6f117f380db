import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { listTopics, partitionPath } from './data-directory.js'

/** Each partition has it; those of a topic share the id in it. */
export const metadataName = 'partition.metadata'

export function metadataText(id: string): string {
  return `version: 0\ntopic_id: ${id}`
}

/** What a partition of the topic says; undefined where none does. @throws as `listTopics` */
export async function topicId(directory: string, topic: string): Promise<string | undefined> {
  const topics = await listTopics(directory)
  for (const partition of topics.find(({ name }) => name === topic)?.partitions ?? []) {
    const path = join(partitionPath(directory, topic, partition), metadataName)
    const text = await readFile(path, 'latin1').catch(() => '')
    const id = /^topic_id: ([\w-]{22})$/m.exec(text)?.[1]
    if (id !== undefined) return id
  }
  return undefined
}
