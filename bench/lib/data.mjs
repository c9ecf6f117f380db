// Inputs, built before anything is timed, and the digest that proves what was read back.
import { createHash } from 'node:crypto'

/** Distinct batches in a set; a run cycles through them. */
const DISTINCT_BATCHES = 64

/**
 * Bytes of a fixed seed (xorshift): the same in every run, not compressible.
 * @param {number} length
 * @param {number} [seed]
 * @returns {Buffer}
 */
export function randomBytes(length, seed = 0x9e3779b9) {
  const words = new Uint32Array(Math.ceil(length / 4))
  let state = seed
  for (let i = 0; i < words.length; i++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    words[i] = state
  }
  return Buffer.from(words.buffer, 0, length)
}

/**
 * @typedef {object} Batches
 * @property {Buffer[][]} values `values[b % values.length]` holds batch `b`
 * @property {Buffer[]} blocks the same bytes, one block a batch
 * @property {number} perBatch
 * @property {number} recordBytes
 */

/**
 * @param {number} perBatch records a batch
 * @param {number} recordBytes
 * @param {number} [distinct]
 * @returns {Batches}
 */
export function buildBatches(perBatch, recordBytes, distinct = DISTINCT_BATCHES) {
  const pool = randomBytes(distinct * perBatch * recordBytes)
  const values = []
  const blocks = []
  for (let b = 0; b < distinct; b++) {
    const block = pool.subarray(b * perBatch * recordBytes, (b + 1) * perBatch * recordBytes)
    blocks.push(block)
    const batch = []
    for (let r = 0; r < perBatch; r++) {
      batch.push(block.subarray(r * recordBytes, (r + 1) * recordBytes))
    }
    values.push(batch)
  }
  return { values, blocks, perBatch, recordBytes }
}

/** SHA-256 over values laid end to end; small ones are gathered first. */
export class Digest {
  #hash = createHash('sha256')
  #gathered = Buffer.allocUnsafeSlow(1 << 18)
  #used = 0
  bytes = 0

  /** @param {Uint8Array} value */
  add(value) {
    this.bytes += value.length
    if (value.length > this.#gathered.length - this.#used) this.#drain()
    if (value.length > this.#gathered.length) this.#hash.update(value)
    else {
      this.#gathered.set(value, this.#used)
      this.#used += value.length
    }
  }

  /** @returns {string} */
  end() {
    this.#drain()
    return this.#hash.digest('hex')
  }

  #drain() {
    this.#hash.update(this.#gathered.subarray(0, this.#used))
    this.#used = 0
  }
}

/**
 * The digest of `count` batches as they were appended.
 * @param {Batches} batches
 * @param {number} count
 * @returns {string}
 */
export function expectedDigest(batches, count) {
  const digest = new Digest()
  for (let b = 0; b < count; b++) digest.add(batches.blocks[b % batches.blocks.length])
  return digest.end()
}
