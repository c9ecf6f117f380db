import { noUuid } from '../topic/index.js'
import { corrupt, type WireReader, WireWriter } from '../wire/index.js'
import type { Field, FieldOptions, Fields, Scalar, Shape } from './schema.js'

/** Reads and writes one kind of value in one version. */
export interface Codec<T = unknown> {
  readonly read: (reader: WireReader) => T
  readonly write: (writer: WireWriter, value: T) => void
}

/** What a codec depends on. */
interface Version {
  readonly number: number
  readonly flexible: boolean
}

interface Structure {
  readonly [name: string]: unknown
}

/** The codec of a structure in a version, for readers and writers that are compact where `flexible`. */
export function structCodec(fields: Fields, number: number, flexible: boolean): Codec<Structure> {
  const version = { number, flexible }
  const all = Object.entries(fields)
  const present = all
    .filter(([, { options }]) => isIn(options, number))
    .map(([name, field]) => fieldCodec(name, field, version))
  const inline = present.filter(({ tag }) => tag === undefined)
  const tagged = present
    .filter(({ tag }) => tag !== undefined)
    .sort((a, b) => (a.tag as number) - (b.tag as number))
  const defaults = Object.fromEntries(all.map(([name, field]) => [name, defaultOf(field)]))
  return {
    read: (reader) => {
      const structure: { [name: string]: unknown } = { ...defaults }
      for (const { name, codec } of inline) structure[name] = codec.read(reader)
      if (flexible) readTags(reader, tagged, structure)
      return structure
    },
    write: (writer, structure) => {
      for (const field of inline) writeField(writer, field, structure[field.name])
      if (flexible) writer.tags(tagged.length === 0 ? [] : taggedBytes(tagged, structure))
    },
  }
}

interface FieldCodec {
  readonly name: string
  readonly nullable: boolean
  readonly tag: number | undefined
  readonly default: unknown
  readonly codec: Codec
}

function fieldCodec(name: string, field: Field, version: Version): FieldCodec {
  const { shape, options } = field
  const { nullableSince = Number.POSITIVE_INFINITY, tag } = options
  const nullable = version.number >= nullableSince
  return {
    name,
    nullable,
    tag,
    default: defaultOf(field),
    codec: shapeCodec(shape, version, nullable),
  }
}

function isIn({ since = 0, until = Number.POSITIVE_INFINITY }: FieldOptions, version: number) {
  return version >= since && version <= until
}

function writeField(writer: WireWriter, field: FieldCodec, given: unknown): void {
  const value = given === undefined ? field.default : given
  if (value === null && !field.nullable) {
    throw new TypeError(`${field.name} may not be null in this version`)
  }
  field.codec.write(writer, value)
}

function readTags(
  reader: WireReader,
  fields: readonly FieldCodec[],
  structure: { [name: string]: unknown },
): void {
  let last = -1
  reader.tags((tag, bytes) => {
    if (tag <= last) throw corrupt(`tag ${tag} stands behind tag ${last}`)
    last = tag
    const field = fields.find((one) => one.tag === tag)
    // What is not known is for later versions.
    if (field === undefined) return
    structure[field.name] = field.codec.read(bytes)
    if (!bytes.isAtEnd) throw corrupt(`tag ${tag} has more bytes than its field`)
  })
}

function taggedBytes(fields: readonly FieldCodec[], structure: Structure): [number, Buffer][] {
  const tagged: [number, Buffer][] = []
  for (const field of fields) {
    const value = structure[field.name]
    if (value === undefined || isDefault(value, field.default)) continue
    const writer = new WireWriter({ compact: true })
    writeField(writer, field, value)
    tagged.push([field.tag as number, writer.end()])
  }
  return tagged
}

function isDefault(value: unknown, usual: unknown): boolean {
  if (value === usual) return true
  if (Array.isArray(value) && Array.isArray(usual)) return value.length === usual.length
  if (value instanceof Uint8Array && usual instanceof Uint8Array) {
    return value.length === usual.length
  }
  if (!isStructure(value) || !isStructure(usual)) return false
  return Object.entries(usual).every(([name, of]) => {
    const one = value[name]
    return one === undefined || isDefault(one, of)
  })
}

function isStructure(value: unknown): value is Structure {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const empties: { readonly [S in Scalar]: unknown } = {
  bool: false,
  int8: 0,
  int16: 0,
  uint16: 0,
  int32: 0,
  uint32: 0,
  int64: 0,
  float64: 0,
  string: '',
  uuid: noUuid,
  bytes: Buffer.alloc(0),
  records: Buffer.alloc(0),
}

const noItems: readonly unknown[] = Object.freeze([])

function defaultOf({ shape, options }: Field): unknown {
  if (options.default !== undefined) return options.default
  if ('scalar' in shape) return empties[shape.scalar]
  if ('items' in shape) return noItems
  const fields = Object.entries(shape.fields)
  return Object.freeze(Object.fromEntries(fields.map(([name, field]) => [name, defaultOf(field)])))
}

function shapeCodec(shape: Shape, version: Version, nullable: boolean): Codec {
  if ('scalar' in shape) return scalarCodec(shape.scalar, nullable)
  if ('items' in shape) return arrayCodec(shapeCodec(shape.items, version, false), nullable)
  const codec = structCodec(shape.fields, version.number, version.flexible) as Codec
  return nullable ? orNull(codec) : codec
}

function arrayCodec({ read, write }: Codec, nullable: boolean): Codec {
  return {
    read: nullable
      ? (reader) => reader.nullableArray(() => read(reader))
      : (reader) => reader.array(() => read(reader)),
    write: (writer, value) =>
      writer.array(value as readonly unknown[] | null, (item) => write(writer, item)),
  }
}

/** A structure that may be null has a byte in front: -1 where it is. */
function orNull({ read, write }: Codec): Codec {
  return {
    read: (reader) => (reader.int8() < 0 ? null : read(reader)),
    write: (writer, value) => {
      writer.int8(value === null ? -1 : 1)
      if (value !== null) write(writer, value)
    },
  }
}

function scalarCodec(scalar: Scalar, nullable: boolean): Codec {
  const codec: Codec = scalars[scalar]
  if (!nullable) return codec
  const { write } = codec
  if (scalar === 'string') return { write, read: (reader) => reader.nullableString() }
  return { write, read: (reader) => reader.nullableBytes() }
}

// biome-ignore lint/suspicious/noExplicitAny: each has a type of its own
const scalars: { readonly [S in Scalar]: Codec<any> } = {
  bool: { read: (reader) => reader.bool(), write: (writer, value) => writer.bool(value) },
  int8: { read: (reader) => reader.int8(), write: (writer, value) => writer.int8(value) },
  int16: { read: (reader) => reader.int16(), write: (writer, value) => writer.int16(value) },
  uint16: { read: (reader) => reader.uint16(), write: (writer, value) => writer.uint16(value) },
  int32: { read: (reader) => reader.int32(), write: (writer, value) => writer.int32(value) },
  uint32: { read: (reader) => reader.uint32(), write: (writer, value) => writer.uint32(value) },
  int64: {
    read: (reader) => reader.int64Rounded(),
    write: (writer, value) => {
      if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is beyond 2^53`)
      writer.int64(value)
    },
  },
  float64: { read: (reader) => reader.float64(), write: (writer, value) => writer.float64(value) },
  string: { read: (reader) => reader.string(), write: (writer, value) => writer.string(value) },
  uuid: { read: (reader) => reader.uuid(), write: (writer, value) => writer.uuid(value) },
  bytes: { read: (reader) => reader.bytes(), write: (writer, value) => writer.bytes(value) },
  records: {
    read: (reader) => reader.bytes(),
    write: (writer, value) => (value === null ? writer.bytes(null) : writer.blob(value)),
  },
}
