import { shown } from '../config/option.js'
import { DuramenError } from '../errors.js'

export interface ReadOptions {
  /** Whole batches up to this size, but at least one. Default 1 MiB. */
  readonly maxBytes?: number
  /** 'logEnd' also shows what is not durable yet: for brokers. Default 'highWatermark'. */
  readonly upTo?: 'highWatermark' | 'logEnd'
  readonly signal?: AbortSignal
}

const defaultMaxBytes = 1024 * 1024
const names = ['maxBytes', 'upTo', 'signal']

/**
 * The most bytes, and whether to read up to the log end.
 *
 * @throws DuramenError `ERR_INVALID_ARGUMENT`, `ERR_INVALID_OPTION`
 */
export function checkedRead(offset: number, options: ReadOptions): [number, boolean] {
  checkOffset(offset)
  if (typeof options !== 'object' || options === null) {
    throw refused(`the options are ${shown(options)}`, 'an object')
  }
  const { maxBytes = defaultMaxBytes, upTo = 'highWatermark', signal } = options
  for (const name in options) {
    if (!names.includes(name)) throw refused(`there is no option ${name}`, names.join(', '))
  }
  if (!Number.isInteger(maxBytes) || maxBytes < 0 || maxBytes > 2 ** 31 - 1) {
    throw refused(`maxBytes is ${shown(maxBytes)}`, 'a whole number from 0 to 2^31 - 1')
  }
  if (upTo !== 'highWatermark' && upTo !== 'logEnd') {
    throw refused(`upTo is ${shown(upTo)}`, "'highWatermark' or 'logEnd'")
  }
  if (signal !== undefined && typeof signal?.throwIfAborted !== 'function') {
    throw refused(`signal is ${shown(signal)}`, 'an AbortSignal')
  }
  return [maxBytes, upTo === 'logEnd']
}

/** @throws DuramenError `ERR_INVALID_ARGUMENT` */
export function checkOffset(offset: number): void {
  if (Number.isSafeInteger(offset) && offset >= 0) return
  throw new DuramenError(
    'ERR_INVALID_ARGUMENT',
    `offset ${shown(offset)} is not a whole number from 0 on`,
  )
}

function refused(fault: string, allowed: string): DuramenError {
  return new DuramenError('ERR_INVALID_OPTION', `${fault}; allowed is ${allowed}`)
}
