import { upTo as ends } from '../binding.js'
import { shown } from '../config/option.js'
import { DuramenError } from '../errors.js'

/** Whether readers see records of transactions that are not, or will never be, committed. */
export type IsolationLevel = 'read_uncommitted' | 'read_committed'

export interface ReadOptions {
  /** Whole batches up to this size, but at least one. Default 1 MiB. */
  readonly maxBytes?: number
  /** 'logEnd' also shows what is not durable yet: for brokers. Default 'highWatermark'. */
  readonly upTo?: 'highWatermark' | 'logEnd'
  /**
   * 'read_committed' ends at the last stable offset, and leaves out records of transactions that were
   * aborted. Default 'read_uncommitted'.
   */
  readonly isolation?: IsolationLevel
  readonly signal?: AbortSignal
}

const defaultMaxBytes = 1024 * 1024
const names = ['maxBytes', 'upTo', 'isolation', 'signal']

/**
 * The most bytes, and what the read ends at, as the addon has it.
 *
 * @throws DuramenError `ERR_INVALID_ARGUMENT`, `ERR_INVALID_OPTION`
 */
export function checkedRead(offset: number, options: ReadOptions): [number, number] {
  checkOffset(offset)
  if (typeof options !== 'object' || options === null) {
    throw refused(`the options are ${shown(options)}`, 'an object')
  }
  const { maxBytes = defaultMaxBytes, upTo = 'highWatermark', isolation, signal } = options
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
  if (!isCommitted(isolation)) return [maxBytes, ends[upTo]]
  if (upTo === 'logEnd') throw refused("upTo is 'logEnd'", "'highWatermark' with read_committed")
  return [maxBytes, ends.lastStable]
}

/** @throws DuramenError `ERR_INVALID_OPTION` */
export function isCommitted(isolation: IsolationLevel = 'read_uncommitted'): boolean {
  if (isolation === 'read_committed') return true
  if (isolation === 'read_uncommitted') return false
  throw refused(`isolation is ${shown(isolation)}`, "'read_uncommitted' or 'read_committed'")
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
