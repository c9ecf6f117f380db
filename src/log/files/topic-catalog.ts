import type { FileEntry, FileKind } from './file-entry.js'

/** `duramen.topics`: the topics of a data directory. Here only what it says; `TopicCatalog` checks it. */
export const topicCatalog: FileKind = {
  name: 'topic catalog',
  matches: (fileName) => fileName === 'duramen.topics',
  *entries(bytes) {
    const catalog = parsed(bytes)
    if (!Array.isArray(catalog?.topics)) {
      return yield { position: 0, fault: 'it is not JSON with a list of topics' }
    }
    yield { position: 0, version: catalog.version, topics: catalog.topics.length }
    let position = 0
    for (const topic of catalog.topics as unknown[]) {
      // As it was written; elsewhere in a file that somebody has laid out anew.
      position = Math.max(bytes.indexOf(JSON.stringify(topic), position), position)
      yield entryOf(topic, position)
    }
  },
}

function parsed(bytes: Buffer): { readonly [field: string]: unknown } | undefined {
  try {
    return JSON.parse(bytes.toString())
  } catch {
    return undefined
  }
}

function entryOf(topic: unknown, position: number): FileEntry {
  return typeof topic === 'object' && topic !== null
    ? Object.assign({ position }, topic, { position })
    : { position, fault: 'a topic has no fields' }
}
