import { checkedEnd } from './buffers.js'

// CRC-32C (Castagnoli), reflected, eight bytes a step ("slicing by 8"): row 0 is the usual table,
// row k advances a byte over k more zero bytes. The log computes the CRC natively, several times
// faster than this; here it serves batches that are built or checked without a log.
const polynomial = 0x82f63b78

let rows: Int32Array | undefined

function makeRows(): Int32Array {
  const table = new Int32Array(8 * 256)
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? polynomial : 0)
    table[byte] = crc
  }
  for (let at = 256; at < table.length; at++) {
    const crc = table[at - 256]
    table[at] = (crc >>> 8) ^ table[crc & 0xff]
  }
  return table
}

/**
 * The CRC-32C of bytes `start` to `end`, as an unsigned number.
 *
 * @throws DuramenError `ERR_INVALID_ARGUMENT`
 */
export function crc32c(bytes: Uint8Array, start = 0, end?: number): number {
  const to = checkedEnd(bytes, start, end)
  rows ??= makeRows()
  const t = rows
  let crc = -1
  let at = start
  for (const wide = to - 7; at < wide; at += 8) {
    crc ^= bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)
    crc =
      t[0x700 + (crc & 0xff)] ^
      t[0x600 + ((crc >>> 8) & 0xff)] ^
      t[0x500 + ((crc >>> 16) & 0xff)] ^
      t[0x400 + (crc >>> 24)] ^
      t[0x300 + bytes[at + 4]] ^
      t[0x200 + bytes[at + 5]] ^
      t[0x100 + bytes[at + 6]] ^
      t[bytes[at + 7]]
  }
  for (; at < to; at++) crc = (crc >>> 8) ^ t[(crc ^ bytes[at]) & 0xff]
  return ~crc >>> 0
}
