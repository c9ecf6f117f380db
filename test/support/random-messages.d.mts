import type { Fields } from '../../src/protocol/schema.js'
import type { Random } from './random.mjs'

// biome-ignore lint/suspicious/noExplicitAny: of any API
export type Message = { [name: string]: any }

export function randomMessage(fields: Fields, version: number, random: Random): Message
