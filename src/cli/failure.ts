import { DuramenError } from '../errors.js'

/** How a command ends: 0 done and sound, 1 failed or a fault was found, 2 wrongly called. */
export type ExitCode = 0 | 1 | 2

/** @returns an error that says how a command was called wrongly */
export function usage(message: string): DuramenError {
  return new DuramenError('ERR_USAGE', message)
}

export function exitCodeOf(error: unknown): ExitCode {
  return error instanceof DuramenError && error.code === 'ERR_USAGE' ? 2 : 1
}

/** One sentence with the code and the remedy; `verbose` adds where it came from. */
export function describe(error: unknown, verbose: boolean): string {
  const sentence =
    error instanceof DuramenError
      ? `${error.code}: ${error.message.replace(/\.$/, '')}`
      : `unexpected: ${error instanceof Error ? error.message : String(error)}`
  if (!verbose || !(error instanceof Error)) return sentence
  const cause = error.cause instanceof Error ? `\ncaused by ${error.cause.stack}` : ''
  return `${sentence}\n${error.stack}${cause}`
}
