import fc from 'fast-check'
import { expect, test } from 'vitest'
import { crc32c } from '../../src/record/crc32c.js'

/** Bit by bit, as CRC-32C is defined. */
function reference(bytes: Uint8Array): number {
  let crc = -1
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0)
  }
  return ~crc >>> 0
}

// RFC 3720, appendix B.4.
test.each([
  ['the check string', Buffer.from('123456789'), 0xe3069283],
  ['nothing', Buffer.alloc(0), 0],
  ['32 zeros', Buffer.alloc(32), 0x8a9136aa],
  ['32 bytes of ones', Buffer.alloc(32, 0xff), 0x62a8ab43],
  ['32 rising bytes', Buffer.from(Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e],
])('of %s is the published value', (_, bytes, crc) => {
  expect(crc32c(bytes)).toBe(crc)
})

test('of any part of any bytes equals the definition', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(100), fc.nat(100), (bytes, a, b) => {
      const start = Math.min(a, bytes.length)
      const end = Math.max(start, Math.min(b, bytes.length))
      expect(crc32c(bytes, start, end)).toBe(reference(bytes.subarray(start, end)))
    }),
  )
})
