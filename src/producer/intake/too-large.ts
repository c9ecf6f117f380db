import { DuramenError } from '../../errors.js'

/** What a batch is refused with for its topic's max.message.bytes. @param bytes how many it has */
export function tooLarge(bytes: number | string, limit: number): DuramenError {
  return new DuramenError(
    'ERR_BATCH_TOO_LARGE',
    `a batch of ${bytes} bytes is above the limit of ${limit}; ` +
      'send smaller batches or raise max.message.bytes',
  )
}
