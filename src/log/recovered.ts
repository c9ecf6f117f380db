import { channel } from 'node:diagnostics_channel'
import type { NativeFinding, NativeLogInfo } from '../binding.js'

/** What subscribers of the channel `duramen:log:recovered` are given. */
export interface Recovered {
  readonly directory: string
  /** At least one; the same as `log.info.findings`. */
  readonly findings: readonly NativeFinding[]
}

const recovered = channel('duramen:log:recovered')

/**
 * Tells whoever watches all logs of this process (`subscribe` of `node:diagnostics_channel`) that
 * opening one has found something; of a clean log nothing is said.
 */
export function announceFindings(log: { directory: string; info: NativeLogInfo }): void {
  // Asked only then: to gather what `info` says takes a while, and there may be thousands of logs.
  if (!recovered.hasSubscribers) return
  const { directory } = log
  const { findings } = log.info
  if (findings.length > 0) recovered.publish({ directory, findings } satisfies Recovered)
}
