import { pick, type Random } from './random.mjs'

// What lengths, counts and numbers become that somebody means ill with.
const words = ['7fffffff', 'ffffffff', '80000000', '00000000', 'ffffffff0f', 'ffffffffff7f', 'fe01']

const changes: readonly ((bytes: Buffer, random: Random) => Buffer)[] = [
  (bytes, random) => flipped(bytes, random(bytes.length), 1 << random(8)),
  (bytes, random) => flipped(bytes, random(bytes.length), 0xff),
  (bytes, random) => put(bytes, random(bytes.length), Buffer.from(pick(random, words), 'hex')),
  (bytes, random) => spliced(bytes, random(bytes.length), random(9), Buffer.alloc(0)),
  (bytes, random) => {
    const inserted = Buffer.from(Array.from({ length: random(9) }, () => random(256)))
    return spliced(bytes, random(bytes.length), 0, inserted)
  },
  (bytes, random) => bytes.subarray(0, random(bytes.length)),
  (bytes, random) => {
    const at = random(bytes.length)
    return spliced(bytes, at, 0, bytes.subarray(at, at + random(64)))
  },
]

/** A copy with one to four changes. */
export function mutated(bytes: Buffer, random: Random): Buffer {
  let changed: Buffer = Buffer.from(bytes)
  for (let left = 1 + random(4); left > 0 && changed.length > 0; left--) {
    changed = Buffer.from(pick(random, changes)(changed, random))
  }
  return changed
}

function flipped(bytes: Buffer, at: number, bits: number): Buffer {
  bytes[at] ^= bits
  return bytes
}

function put(bytes: Buffer, at: number, some: Buffer): Buffer {
  some.copy(bytes, at)
  return bytes
}

function spliced(bytes: Buffer, at: number, length: number, some: Uint8Array): Buffer {
  return Buffer.concat([bytes.subarray(0, at), some, bytes.subarray(at + length)])
}
