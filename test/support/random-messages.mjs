// Random messages of Kafka's protocol, made from its schemas.
import { isDeepStrictEqual } from 'node:util'
import { pick } from './random.mjs'

/** @typedef {import('../../src/protocol/schema.js').Fields} Fields */
/** @typedef {import('../../src/protocol/schema.js').Field} Field */
/** @typedef {import('../../src/protocol/schema.js').Shape} Shape */
/** @typedef {import('../../src/protocol/schema.js').Scalar} Scalar */
/** @typedef {(bound: number) => number} Random */
/** @typedef {{ [name: string]: any }} Message */

/**
 * The fields that a version has.
 *
 * @param {Fields} fields
 * @param {number} version
 * @returns {[string, Field][]}
 */
export function fieldsIn(fields, version) {
  return Object.entries(fields).filter(([, { options }]) => {
    const { since = 0, until = version } = options
    return version >= since && version <= until
  })
}

/**
 * A message with all fields of a version: small numbers and the largest, nothing and null, defaults.
 *
 * @param {Fields} fields
 * @param {number} version
 * @param {Random} random
 * @returns {Message}
 */
export function randomMessage(fields, version, random) {
  const named = fieldsIn(fields, version).map(([name, field]) => {
    const { nullableSince = version + 1 } = field.options
    const isNullable = version >= nullableSince
    if (isNullable && random(4) === 0) return [name, null]
    const usual = defaultOf(field)
    if (random(4) === 0 && (isNullable || usual !== null)) return [name, usual]
    return [name, randomValue(field.shape, version, random)]
  })
  return Object.fromEntries(named)
}

/**
 * What a field is where nothing is said; independent of the codecs, which are checked with it.
 *
 * @param {Field} field
 * @returns {unknown}
 */
export function defaultOf({ shape, options }) {
  if (options.default !== undefined) return options.default
  if ('scalar' in shape) return empties[shape.scalar]
  if ('items' in shape) return []
  const fields = Object.entries(shape.fields)
  return Object.fromEntries(fields.map(([name, field]) => [name, defaultOf(field)]))
}

/** @type {Record<Scalar, unknown>} */
const empties = {
  bool: false,
  ...{ int8: 0, int16: 0, uint16: 0, int32: 0, uint32: 0, int64: 0, float64: 0 },
  string: '',
  uuid: 'A'.repeat(22),
  bytes: Buffer.alloc(0),
  records: Buffer.alloc(0),
}

/**
 * @param {Shape} shape
 * @param {number} version
 * @param {Random} random
 * @returns {unknown}
 */
function randomValue(shape, version, random) {
  if ('scalar' in shape) return scalars[shape.scalar](random)
  if ('fields' in shape) return randomMessage(shape.fields, version, random)
  const length = random(20) === 0 ? 130 : random(3)
  // Long lists only of what is small: a varint of two bytes has to be seen, not more.
  const most = 'scalar' in shape.items ? length : Math.min(length, 2)
  return Array.from({ length: most }, () => randomValue(shape.items, version, random))
}

/** @type {(bits: number) => (random: Random) => number} */
const signed = (bits) => (random) => {
  const largest = 2 ** (bits - 1)
  return pick(random, [random(100), -1, largest - 1, -largest, random(largest)])
}

/** @type {(bits: number) => (random: Random) => number} */
const unsigned = (bits) => (random) => pick(random, [random(100), 2 ** bits - 1, random(2 ** bits)])

const farthest = [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]

const texts = ['topic-1', 'a', 'ключ', '🦜 ', '\u0000', '../..', 'x'.repeat(127), 'é'.repeat(200)]

/** @type {(random: Random) => Buffer} */
const blob = (random) => Buffer.from(Array.from({ length: random(200) }, () => random(256)))

/** @type {Record<Scalar, (random: Random) => unknown>} */
const scalars = {
  bool: (random) => random(2) === 0,
  int8: signed(8),
  int16: signed(16),
  uint16: unsigned(16),
  int32: signed(32),
  uint32: unsigned(32),
  // As far as numbers are exact.
  int64: (random) =>
    pick(random, [random(100), -1, 2 ** 32, ...farthest, random(2 ** 32) * random(2 ** 20)]),
  float64: (random) => random(1000) / 7,
  string: (random) => pick(random, texts) + random(1000),
  uuid: (random) =>
    Buffer.from(Array.from({ length: 16 }, () => random(256))).toString('base64url'),
  bytes: blob,
  records: blob,
}

/**
 * Only what a version has of a message.
 *
 * @param {Fields} fields
 * @param {number} version
 * @param {Message} message
 * @returns {Message}
 */
export function reduced(fields, version, message) {
  const named = fieldsIn(fields, version).map(([name, { shape }]) => {
    return [name, mapped(shape, message[name], (inner, one) => reduced(inner, version, one))]
  })
  return Object.fromEntries(named)
}

/**
 * A message as Kafka's `JsonConverter`s print it: tagged fields only where they are not the default,
 * and nothing of records.
 *
 * @param {Fields} fields
 * @param {number} version
 * @param {Message} message
 * @param {boolean} [withRecords]
 * @returns {Message}
 */
export function asJson(fields, version, message, withRecords = false) {
  const named = fieldsIn(fields, version)
    .filter(([name, field]) => {
      return field.options.tag === undefined || !isDeepStrictEqual(message[name], defaultOf(field))
    })
    .map(([name, { shape }]) => {
      const json = mapped(shape, message[name], (inner, one) =>
        asJson(inner, version, one, withRecords),
      )
      if (!Buffer.isBuffer(json)) return [name, json]
      const isLeftOut = 'scalar' in shape && shape.scalar === 'records' && !withRecords
      return [name, isLeftOut ? '' : json.toString('base64')]
    })
  return Object.fromEntries(named)
}

/**
 * @param {Shape} shape
 * @param {any} value
 * @param {(fields: Fields, structure: Message) => unknown} structure
 * @returns {unknown}
 */
function mapped(shape, value, structure) {
  if (value === null || 'scalar' in shape) return value
  if ('fields' in shape) return structure(shape.fields, value)
  return value.map((/** @type {unknown} */ item) => mapped(shape.items, item, structure))
}
