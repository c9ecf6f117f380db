import type { FileKind } from './file-entry.js'

/** Each partition's directory has it; the partitions of a topic share the id in it. */
export const metadataName = 'partition.metadata'

export function metadataText(topicId: string): string {
  return `version: 0\ntopic_id: ${topicId}`
}

/** The id that stands in the text, whatever else of it is damaged. */
export function topicIdIn(text: string): string | undefined {
  return /^topic_id: ([\w-]{22})$/m.exec(text)?.[1]
}

/** `partition.metadata`: which topic, by id, the partition belongs to. */
export const partitionMetadata: FileKind = {
  name: 'partition metadata',
  matches: (fileName) => fileName === metadataName,
  *entries(bytes) {
    const text = bytes.toString('latin1', 0, longest)
    const [version = '', ...rest] = text.split('\n')
    if (version !== 'version: 0') {
      return yield { position: 0, fault: "the first line is not 'version: 0'" }
    }
    const topicId = topicIdIn(rest[0] ?? '')
    if (topicId !== undefined) return yield { position: 0, version: 0, topicId }
    const position = Math.min(version.length + 1, bytes.length)
    yield { position, fault: 'the topic id is missing or malformed' }
  },
}

const longest = 1000
