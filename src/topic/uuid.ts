import { randomUUID } from 'node:crypto'

/** A new id as Kafka writes them: 128 random bits in 22 characters, the first of which is no dash. */
export function newUuid(): string {
  for (;;) {
    const id = Buffer.from(randomUUID().replaceAll('-', ''), 'hex').toString('base64url')
    if (!id.startsWith('-')) return id
  }
}
