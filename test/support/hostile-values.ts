import { DuramenError } from '../../src/errors.js'

/** What the getters and methods of hostile values throw: that may come through. */
const ownError = new Error('thrown by the value itself')

function throwOwn(): never {
  throw ownError
}

function detached(): Uint8Array {
  const bytes = new Uint8Array(100)
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] })
  return bytes
}

// TypeScript's library for Node 20 does not know of these yet.
type Resizable = ArrayBuffer & { resize(length: number): void }
type MakeBuffer<T> = new (length: number, options: { maxByteLength: number }) => T

function resizable(): Resizable {
  return new (ArrayBuffer as unknown as MakeBuffer<Resizable>)(100, { maxByteLength: 200 })
}

function outOfBounds(): Uint8Array {
  const memory = resizable()
  const bytes = new Uint8Array(memory, 50, 50)
  memory.resize(10)
  return bytes
}

const growable = SharedArrayBuffer as unknown as MakeBuffer<SharedArrayBuffer>

/** One of each kind of what somebody might pass instead of what is asked for. */
export const hostileValues: { readonly [name: string]: unknown } = {
  undefined: undefined,
  null: null,
  true: true,
  zero: 0,
  'negative zero': -0,
  one: 1,
  'a number as text': '1',
  'no text': '',
  'a zero byte': '\0',
  'lone surrogate': '\ud800',
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  negative: -1,
  fraction: 1.5,
  '2^53': 2 ** 53,
  bigint: 1n,
  symbol: Symbol('s'),
  function: () => {},
  class: class {},
  object: {},
  'no prototype': Object.create(null),
  array: [],
  date: new Date(),
  'array of null': [null],
  'array of arrays': [[]],
  'array with holes': new Array(5),
  'huge array': new Array(2 ** 32 - 1),
  'huge length': { length: 2 ** 40 },
  map: new Map([[1, 2]]),
  set: new Set([1]),
  'throwing getters': new Proxy({}, { get: throwOwn }),
  'throwing keys': new Proxy({}, { ownKeys: throwOwn }),
  'throwing text': { toString: throwOwn, valueOf: throwOwn },
  'text that is a symbol': { [Symbol.toPrimitive]: () => Symbol('s') },
  'proxy of an array': new Proxy([], {}),
  'proxy of bytes': new Proxy(new Uint8Array(100), {}),
  'not really bytes': Object.create(Uint8Array.prototype),
  'not really lengths': Object.create(Int32Array.prototype),
  'not really times': Object.create(Float64Array.prototype),
  'detached memory': detached(),
  'memory that shrank': outOfBounds(),
  'resizable memory': new Uint8Array(resizable()),
  'shared memory': new Uint8Array(new SharedArrayBuffer(100)),
  'growing shared memory': new Uint8Array(new growable(100, { maxByteLength: 200 })),
  ArrayBuffer: new ArrayBuffer(100),
  SharedArrayBuffer: new SharedArrayBuffer(100),
  DataView: new DataView(new ArrayBuffer(100)),
  Float64Array: new Float64Array(100),
  Int32Array: new Int32Array(3),
  'not really a signal': { aborted: true },
}

/**
 * What comes of `use` for each hostile value, where it is neither accepted nor refused with a
 * DuramenError of a code that `codes` matches and a sentence.
 */
export async function misbehaviour(
  use: (value: unknown) => unknown,
  codes = /^ERR_(INVALID_|OFFSET_OUT_OF_RANGE|OFFSET_OVERFLOW|UNSUPPORTED_|CORRUPT_BATCH)/,
): Promise<string[]> {
  const found: string[] = []
  for (const [name, value] of Object.entries(hostileValues)) {
    try {
      await use(value)
    } catch (error) {
      if (error === ownError) continue
      const { code = '', message = '' } = error as Partial<DuramenError>
      const refused = error instanceof DuramenError && codes.test(code) && /\w+ \w+/.test(message)
      if (!refused || message.length > 400) found.push(`${name}: ${String(error)}`)
    }
  }
  return found
}
