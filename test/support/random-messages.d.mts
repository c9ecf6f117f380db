import type { Field, Fields } from '../../src/protocol/schema.js'
import type { Random } from './random.mjs'

// biome-ignore lint/suspicious/noExplicitAny: messages messages of any API
export type Message = { [name: string]: any }

export function fieldsIn(fields: Fields, version: number): [string, Field][]
export function randomMessage(fields: Fields, version: number, random: Random): Message
export function defaultOf(field: Field): unknown
export function reduced(fields: Fields, version: number, message: Message): Message
export function asJson(
  fields: Fields,
  version: number,
  message: Message,
  withRecords?: boolean,
): Message
