import { crc32c } from '../../record/crc32c.js'
import type { FileKind } from './file-entry.js'

/** In the data directory; Kafka ignores files there that it does not know. */
export const producerIdsName = 'duramen.producer-ids'

/** What says that ids below `end` may have been given to producers. */
export function producerIdsText(end: number): string {
  const text = `version: 0\nnext_producer_id: ${end}\n`
  return `${text}crc32c: ${crc32c(Buffer.from(text))}\n`
}

/** The id from which on none was given; undefined where the text is damaged. */
export function producerIdsEnd(text: string): number | undefined {
  const end = Number(/^next_producer_id: (\d{1,16})$/m.exec(text)?.[1])
  return Number.isSafeInteger(end) && text === producerIdsText(end) ? end : undefined
}

/** `duramen.producer-ids`: which producer ids a data directory has reserved. */
export const producerIds: FileKind = {
  name: 'producer ids',
  matches: (fileName) => fileName === producerIdsName,
  *entries(bytes) {
    const nextProducerId = producerIdsEnd(bytes.toString('latin1', 0, longest))
    if (nextProducerId !== undefined) return yield { position: 0, version: 0, nextProducerId }
    yield {
      position: 0,
      fault: 'it is damaged, and does not count: ids are looked for in the logs',
    }
  },
}

const longest = 1000
