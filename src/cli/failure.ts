import { DuramenError, type ErrorCode } from '../errors.js'

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
  const sentence = `${codeOf(error)}: ${messageOf(error)}`
  return verbose && error instanceof Error ? `${sentence}\n${stackOf(error)}` : sentence
}

/** The same for `JSON.stringify`, with what else the error knows, such as `path`. */
export function describeAsJson(error: unknown, verbose: boolean): object {
  const details = error instanceof DuramenError ? error : {}
  const stack = verbose && error instanceof Error ? stackOf(error) : undefined
  return { error: { code: codeOf(error), message: messageOf(error), ...details, stack } }
}

function codeOf(error: unknown): string {
  return error instanceof DuramenError ? error.code : 'unexpected'
}

/** What to do at a terminal, in the place of what the message, behind its last `; `, tells programs. */
const remedies: { readonly [Code in ErrorCode]?: string } = {
  ERR_FENCED: 'look after the device, then run this again',
  ERR_LOCKED:
    'stop it, or use another --dir; or where it is a broker, --bootstrap-server HOST:PORT; ' +
    'consume without --group, topics and groups list and describe, verify and dump work beside it',
  ERR_SEGMENT_LOST: 'find what changes the files, then run duramen verify',
}

/** Without a full stop, whether the error has one or not. */
function messageOf(error: unknown): string {
  const message = (error instanceof Error ? error.message : String(error)).replace(/\.$/, '')
  const remedy = error instanceof DuramenError ? remedies[error.code] : undefined
  return remedy === undefined ? message : `${message.replace(/; [^;]*$/, '')}; ${remedy}`
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${error.cause.stack}` : ''
  return `${error.stack}${cause}`
}
