import type { ExitCode } from './failure.js'
import type { Input } from './input.js'
import { flag, type OptionTable, type OptionValues, text } from './options.js'
import type { Output } from './output.js'

/** What every verb takes besides its own options. */
export const commonOptions = {
  dir: text('DIR', 'the data directory', './data'),
  json: flag('results, notes and errors as JSON'),
  verbose: flag('errors with their stack'),
  help: flag('this text'),
}

/** What a verb talks through. */
export interface Streams {
  /** Standard input, for verbs that read it. `signal` ends it. */
  readonly openInput: (signal: AbortSignal) => Promise<Input>
  readonly output: Output
  /** Writes a line to standard error. */
  readonly say: (line: string) => void
  /** Aborted by SIGINT or SIGTERM: finish soon, keep what is done. */
  readonly signal: AbortSignal
}

/** What every verb is given, whatever its options are. */
export interface Context extends Streams {
  /** Says something to the person, on standard error; not a result. */
  readonly note: (message: string) => void
}

/** A verb being run. */
export interface Call<Table extends OptionTable> extends Context {
  readonly options: OptionValues<Omit<typeof commonOptions, keyof Table> & Table>
  /** The options that stand on the command line, and are not only their defaults. */
  readonly given: ReadonlySet<string>
  /** What stands behind the verb; '' where an optional one was left out. */
  readonly argument: string
}

/** What a verb takes and does; its name and what it is for stand in verbs.ts. */
export interface Verb<Table extends OptionTable> {
  /** What stands behind the verb, such as `TOPIC`; in brackets where it may be left out. */
  readonly argument?: string
  /** Also in the place of common ones. */
  readonly options: Table
  readonly examples: readonly string[]
  /** SIGINT and SIGTERM are how it is ended: its own exit code stands. */
  readonly endsBySignal?: true
  readonly run: (call: Call<Table>) => Promise<ExitCode>
}

/** A verb of any options. */
// biome-ignore lint/suspicious/noExplicitAny: a table holds verbs of any options
export type AnyVerb = Verb<any>

/** Its own options first, as help shows them. */
export function optionsOf(verb: AnyVerb): OptionTable {
  return { ...verb.options, ...commonOptions, ...verb.options }
}
