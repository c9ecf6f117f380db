import { DuramenError } from '../../errors.js'
import {
  attributesAt,
  batchHeaderSize,
  codecMask,
  currentMagic,
  magicAt,
  transactionalBit,
} from '../../record/layout.js'

const zstd = 4
/** KIP-110: consumers before would not know what they are given. */
const zstdSince = 7

/**
 * What the protocol asks of a partition's records before their topic has its say.
 *
 * @throws DuramenError `ERR_INVALID_BATCH`, `ERR_UNSUPPORTED_CODEC`, `ERR_TRANSACTIONS_UNSUPPORTED`
 */
export function checkProduced(records: Buffer | null, version: number): Buffer {
  if (records === null || records.length <= magicAt) {
    throw new DuramenError('ERR_INVALID_BATCH', 'there is no record batch; send one')
  }
  if (records[magicAt] !== currentMagic) {
    throw new DuramenError(
      'ERR_INVALID_BATCH',
      `a batch of format version ${records[magicAt]}; since Produce 3 it has to be ${currentMagic}`,
    )
  }
  if (records.length < batchHeaderSize) return records // Refused as cut short.
  const attributes = records.readInt16BE(attributesAt)
  if ((attributes & codecMask) === zstd && version < zstdSince) {
    throw new DuramenError(
      'ERR_UNSUPPORTED_CODEC',
      `zstd may be sent from Produce ${zstdSince} on, and this is ${version}; use another codec`,
    )
  }
  if ((attributes & transactionalBit) !== 0) {
    throw new DuramenError(
      'ERR_TRANSACTIONS_UNSUPPORTED',
      'the batch belongs to a transaction, and transactions are not served yet; send without',
    )
  }
  return records
}
