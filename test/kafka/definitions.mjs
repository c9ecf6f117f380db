// Compares the schemas with Kafka's own message definitions: both are brought into one form for each
// version, in which a field is what a program meets that reads or writes it.
import assert from 'node:assert/strict'
import { isFlexible } from '../../dist/protocol/api.js'
import { defaultOf, fieldsIn } from '../support/random-messages.mjs'

/** What Kafka has removed since, and we know still: it is read to be refused. */
export const removedFromKafka = { Produce: [0, 2] }

/** Whether Kafka has messages of that version. */
export function isInKafka({ name }, version) {
  const [first, last] = removedFromKafka[name] ?? []
  return !(version >= first && version <= last)
}

/** Every version that is described of an API. */
export function versionsOf({ versions: [first, last] }) {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i)
}

/** Throws where a schema differs from Kafka's definition of the same message. */
export function compareWithDefinition(definition, api, kind) {
  const structures = new Map(definition.commonStructs?.map((one) => [one.name, one.fields]))
  assert.equal(definition.apiKey, api.key, 'the key')
  for (const version of versionsOf(api)) {
    const inKafka = has(definition.validVersions, version)
    assert.equal(inKafka, isInKafka(api, version), `version ${version}: is it Kafka's?`)
    if (!inKafka) continue
    const flexible = has(definition.flexibleVersions, version)
    assert.equal(isFlexible(api, version), flexible, `version ${version}: is it flexible?`)
    const expected = theirs(definition.fields, version, structures)
    const difference = differ(ours(api[kind], version), expected)
    assert(difference === undefined, `version ${version}: ${difference}`)
  }
}

function differ(found, expected) {
  try {
    assert.deepEqual(found, expected)
    return undefined
  } catch (error) {
    return error.message
  }
}

/** Fields in the order in which they are written; those with tags apart. */
function inOneForm(fields) {
  return {
    inline: fields.filter(({ tag }) => tag === undefined),
    tagged: fields.filter(({ tag }) => tag !== undefined).sort((a, b) => a.tag - b.tag),
  }
}

function ours(fields, version) {
  const form = fieldsIn(fields, version).map(([name, field]) => {
    const { nullableSince = version + 1, tag } = field.options
    const nullable = version >= nullableSince
    const shape = ourShape(field.shape, version)
    return { name, nullable, tag, shape, default: shown(defaultOf(field)) }
  })
  return inOneForm(form)
}

function ourShape(shape, version) {
  if ('scalar' in shape) return shape.scalar
  if ('items' in shape) return { items: ourShape(shape.items, version) }
  return ours(shape.fields, version)
}

function theirs(fields, version, structures) {
  const form = fields
    .filter(({ versions }) => has(versions, version))
    .map((field) => ({
      name: field.name[0].toLowerCase() + field.name.slice(1),
      nullable: has(field.nullableVersions, version),
      tag: has(field.taggedVersions, version) ? field.tag : undefined,
      shape: theirShape(field.type, field, version, structures),
      default: theirDefault(field),
    }))
  return inOneForm(form)
}

function theirShape(type, field, version, structures) {
  if (type.startsWith('[]')) {
    return { items: theirShape(type.slice(2), field, version, structures) }
  }
  const fields = field.fields ?? structures.get(type)
  return fields === undefined ? type : theirs(fields, version, structures)
}

function theirDefault({ type, default: given }) {
  if (given === 'null') return null
  if (/^u?int|^float/.test(type)) return Number(given ?? 0)
  if (type === 'bool') return String(given) === 'true'
  if (type === 'uuid') return 'A'.repeat(22)
  return given ?? ''
}

/** Nothing in it, whatever it is: Kafka has no other default of those. */
function shown(value) {
  if (value === null || typeof value !== 'object') return value
  return ''
}

/** Whether a version is among those of a text like '0+', '2-5', '3' or 'none'. */
function has(versions, version) {
  if (versions === undefined || versions === 'none') return false
  const [first, last = first.endsWith('+') ? Number.POSITIVE_INFINITY : first] = versions.split('-')
  return version >= Number.parseInt(first, 10) && version <= Number(last)
}
