import { randomUUID } from 'node:crypto'

/** A new id as Kafka writes them: 128 random bits in 22 characters, the first of which is no dash. */
export function newUuid(): string {
  for (;;) {
    const id = idOf(Buffer.from(randomUUID().replaceAll('-', ''), 'hex'))
    if (!id.startsWith('-')) return id
  }
}

/** Kafka's id of a topic that has none. */
export const noUuid = 'A'.repeat(22)

// What Kafka keeps for its controllers' log.
const reserved = new Set([noUuid, `${'A'.repeat(21)}Q`])

/** Whether `id` may be a topic's: 128 bits as Kafka writes them, and none of its own. */
export function isUuid(id: unknown): id is string {
  return typeof id === 'string' && idOf(bytesOf(id)) === id && id.length === 22 && !reserved.has(id)
}

/** The 32 hexadecimal digits that directories have in their names. */
export function uuidHex(id: string): string {
  return bytesOf(id).toString('hex')
}

function bytesOf(id: string): Buffer {
  return Buffer.from(id, 'base64url')
}

function idOf(bytes: Buffer): string {
  return bytes.toString('base64url')
}
