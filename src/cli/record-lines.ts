import { isUtf8 } from 'node:buffer'
import { DuramenError } from '../errors.js'
import type { BytesInput, RecordInput } from '../record/index.js'

/** A record to append, and to which partition where it says so. */
export interface ParsedRecord {
  readonly record: RecordInput
  readonly partition?: number
}

/** What a line stands for, if anything. @throws LineFault */
export type ParseLine = (line: Buffer) => ParsedRecord | undefined

/** A phrase that follows the number of a line. */
export class LineFault extends Error {}

/** Lines of values, with the key before a separator where one is given. */
export function parsePlain(
  separator: Buffer | undefined,
  nullValue: Buffer | undefined,
): ParseLine {
  const toValue = (bytes: Buffer) => (nullValue?.equals(bytes) ? null : bytes)
  if (separator === undefined) return (line) => ({ record: { value: toValue(line) } })
  return (line) => {
    const at = line.indexOf(separator)
    if (at < 0) throw new LineFault(`has no key separator '${separator}'`)
    const value = toValue(line.subarray(at + separator.length))
    return { record: { key: line.subarray(0, at), value } }
  }
}

const known = ['key', 'value', 'headers', 'timestamp', 'partition']
const ignored = ['offset', 'leaderEpoch', 'timestampType']

/** A line of NDJSON, as `consume --format ndjson` writes it. */
export const parseNdjson: ParseLine = (line) => {
  if (line.length === 0) return undefined
  if (!isUtf8(line)) throw new LineFault('is not UTF-8')
  const json = parseObject(line.toString())
  for (const name of Object.keys(json)) {
    if (known.includes(name) || ignored.includes(name)) continue
    throw new LineFault(`has a field '${name}'; a record has ${known.join(', ')}`)
  }
  const { key, value, headers, timestamp, partition } = json
  const record = {
    key: bytesOf(key, 'key'),
    value: bytesOf(value, 'value'),
    headers: headersOf(headers),
    timestamp: numberOf(timestamp, 'timestamp', -1),
  }
  return { record, partition: numberOf(partition, 'partition', 0) }
}

function parseObject(text: string): { readonly [name: string]: unknown } {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw new LineFault(`is not JSON (${cause instanceof Error ? cause.message : cause})`)
  }
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return { ...json }
  throw new LineFault('is not a JSON object')
}

function bytesOf(json: unknown, what: string): BytesInput {
  if (json === undefined || json === null) return null
  if (typeof json === 'string') return wellFormed(json, what)
  const { base64, ...more } = json as { readonly base64?: unknown }
  if (typeof base64 === 'string' && Object.keys(more).length === 0) {
    const bytes = Buffer.from(base64, 'base64')
    if (bytes.toString('base64') === base64) return bytes
  }
  throw new LineFault(`has a ${what} that is no string, null or {"base64":"..."}`)
}

/** Half of a surrogate pair, such as "\ud800", has no UTF-8, so it would come back as another text. */
function wellFormed(text: string, what: string): string {
  if (!/\p{Surrogate}/u.test(text)) return text
  throw new LineFault(`has a ${what} with a lone surrogate; bytes are written {"base64":"..."}`)
}

function headersOf(json: unknown): (readonly [string, BytesInput])[] {
  if (json === undefined || json === null) return []
  if (!Array.isArray(json)) throw noPairs()
  return json.map((pair) => {
    if (!Array.isArray(pair) || pair.length !== 2) throw noPairs()
    const [name, value] = pair
    if (typeof name !== 'string') throw noPairs()
    return [wellFormed(name, 'header'), bytesOf(value, 'header')] as const
  })
}

function noPairs(): LineFault {
  return new LineFault('has headers that are no array of [name, value] pairs')
}

function numberOf(json: unknown, what: string, lowest: number): number | undefined {
  if (json === undefined || json === null) return undefined
  const number = Number.isInteger(json) ? Number(json) : Number.NaN
  if (number >= lowest && number < Number.MAX_SAFE_INTEGER) return number
  throw new LineFault(`has a ${what} that is no whole number from ${lowest} up`)
}

/** @returns the error for line number `line` of the input called `input` */
export function inputError(fault: LineFault, line: number, input: string): DuramenError {
  return new DuramenError('ERR_INPUT', `line ${line} of ${input} ${fault.message}; correct it`)
}
