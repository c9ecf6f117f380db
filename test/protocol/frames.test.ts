import { expect, it } from 'vitest'
import { Frames } from '../../src/protocol/index.js'
import { numbers } from '../support/random.mjs'

const mebibyte = 2 ** 20

function framed(frame: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeInt32BE(frame.length)
  return Buffer.concat([length, frame])
}

/** Memory of Buffers that is taken by `work`, also what is free again. */
function taken(work: () => void): number {
  const before = process.memoryUsage().arrayBuffers
  work()
  return process.memoryUsage().arrayBuffers - before
}

it('frames are the same however the bytes are cut into chunks', () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = numbers(seed)
    const length = () => [0, 1, 3, 50, 5000, 200_000][random(6)]
    const sent = Array.from({ length: 8 }, () => Buffer.alloc(length(), random(256)))
    const bytes = Buffer.concat(sent.map(framed))
    const frames = new Frames(mebibyte)
    const got: Buffer[] = []
    const most = [1, 10, 3000, 100_000][random(4)]
    for (let at = 0, size = 0; at < bytes.length; at += size) {
      size = Math.min(
        bytes.length - at,
        bytes.length > 50_000 ? 5000 + random(most) : 1 + random(most),
      )
      got.push(...frames.push(bytes.subarray(at, at + size)))
    }
    expect(got.length).toBe(sent.length)
    expect(got.every((frame, i) => frame.equals(sent[i]))).toBe(true)
    expect(frames.pendingBytes).toBe(0)
  }
})

it('memory that chunks came in may be used again once they are kept', () => {
  for (let seed = 1; seed <= 100; seed++) {
    const random = numbers(seed)
    const sent = Array.from({ length: 6 }, (_, i) => Buffer.alloc(random(9000), i + 1))
    const bytes = Buffer.concat(sent.map(framed))
    // What is given back is at once another's.
    const give = (memory: Buffer) => void memory.fill(0xee)
    const frames = new Frames(mebibyte, { take: Buffer.allocUnsafeSlow, give })
    const memory = Buffer.alloc(8192)
    const got: Buffer[] = []
    for (let at = 0, size = 0; at < bytes.length; at += size) {
      size = Math.min(bytes.length - at, 1 + random(memory.length - 1))
      bytes.copy(memory, 0, at, at + size)
      frames.add(memory.subarray(0, size))
      // Frames need not be taken at once.
      if (random(2) === 0) for (let one = frames.next(); one; one = frames.next()) got.push(one)
      frames.keep()
      memory.fill(0xff)
    }
    for (let one = frames.next(); one; one = frames.next()) got.push(one)
    expect(got.map((frame, i) => frame.equals(sent[i]))).toEqual(sent.map(() => true))
  }
})

it('a length takes no memory; bytes that arrive take a multiple of themselves at most', () => {
  const frames = new Frames(100 * mebibyte)
  const length = Buffer.alloc(4)
  length.writeInt32BE(100 * mebibyte)
  expect(taken(() => frames.push(length))).toBeLessThan(4096)
  const chunk = Buffer.alloc(4096)
  expect(taken(() => frames.push(chunk))).toBeLessThanOrEqual(20 * chunk.length)
})

it('a request of a mebibyte in chunks of 64 KiB takes its memory once', () => {
  const frame = framed(Buffer.alloc(mebibyte + 100))
  const chunks = Array.from({ length: 17 }, (_, i) => frame.subarray(i * 65_536, (i + 1) * 65_536))
  const frames = new Frames(100 * mebibyte)
  const memory = taken(() => {
    for (const chunk of chunks) frames.push(chunk)
  })
  expect(memory).toBeLessThan(2.2 * mebibyte)
})

it.each([
  ['negative', [0xff, 0xff, 0xff, 0xff], /-1 bytes; there may be 100$/],
  ['beyond the limit', [0, 0, 0, 101], /101 bytes/],
  ['of TLS', [0x16, 0x03, 0x01, 0x02], /looks like TLS/],
  ['of HTTP', [...Buffer.from('GET ')], /looks like HTTP/],
])('a length that is %s is refused', (_what, bytes, message) => {
  expect(() => new Frames(100).push(Buffer.from(bytes))).toThrow(message)
})
