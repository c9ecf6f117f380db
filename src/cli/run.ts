import { createRequire } from 'node:module'
import { isatty } from 'node:tty'
import { describe, type ExitCode, exitCodeOf, usage } from './failure.js'
import { generalHelp, verbHelp } from './help.js'
import { standardInput } from './input.js'
import { nearest } from './nearest.js'
import { flag, parseOptions } from './options.js'
import { Output, OutputClosed } from './output.js'
import { die, exitCodeOfSignal, listenForSignals } from './signals.js'
import { commonOptions, type Streams } from './verb.js'
import { type VerbEntry, verbs } from './verbs.js'

/** Runs a command line on the streams of this process, and ends it with its exit code. */
export async function run(args: readonly string[]): Promise<void> {
  // What nobody reads need not be said.
  process.stderr.on('error', () => {})
  const signal = listenForSignals()
  const output = new Output(1, isatty(1), signal)
  const note = (message: string) => process.stderr.write(`duramen: ${message}\n`)
  const code = await execute(args, { output, signal, note, openInput: standardInput })
  if (signal.aborted && output.isWriting) return die(signal.reason)
  // Not by running dry: standard input may still be open, with nobody reading it.
  process.exit(signal.aborted ? exitCodeOfSignal(signal) : code)
}

/** Runs a command line; its exit code. Errors are described on the streams. */
export async function execute(args: readonly string[], streams: Streams): Promise<ExitCode> {
  const { output, signal, note } = streams
  try {
    const code = await dispatch(args, streams)
    await output.flush()
    return code
  } catch (error) {
    if (error instanceof OutputClosed) return 0
    if (signal.aborted) return 1
    // What was written before the failure belongs to the result.
    await output.flush().catch(() => {})
    note(describe(error, args.includes('--verbose')))
    return exitCodeOf(error)
  }
}

async function dispatch(args: readonly string[], streams: Streams): Promise<ExitCode> {
  // The verb stands first, or behind options that every verb has.
  let at = 0
  while (args[at]?.startsWith('-')) at += args[at] === '--dir' ? 2 : 1
  const words = args.slice(at, at + 2)
  if (words.length === 0) return withoutVerb(args, streams.output)
  const entry = findVerb(words)
  const verb = await entry.load()
  const table = { ...verb.options, ...commonOptions }
  const rest = [...args.slice(0, at), ...args.slice(at + entry.name.split(' ').length)]
  const { values, positionals } = parseOptions(rest, table, entry.name)
  if (values.help) {
    await streams.output.write(verbHelp(entry, verb))
    return 0
  }
  const argument = argumentOf(entry.name, verb.argument, positionals)
  return verb.run({ ...streams, options: values, argument })
}

async function withoutVerb(args: readonly string[], output: Output): Promise<ExitCode> {
  const table = { ...commonOptions, version: flag('the version') }
  const { values } = parseOptions(args, table, 'duramen')
  if (!values.version && !values.help) throw usage(`a verb is missing; ${thereAre()}`)
  await output.write(values.version ? `${packageVersion()}\n` : generalHelp())
  return 0
}

function findVerb(words: readonly string[]): VerbEntry {
  const [first = '', second] = words
  const entry = verbs.find(({ name }) => name === first || name === words.join(' '))
  if (entry !== undefined) return entry
  const names = verbs.map(({ name }) => name)
  const family = names.filter((name) => name.startsWith(`${first} `)).join(', ')
  if (family !== '') {
    const lacks = second === undefined ? 'needs one word more' : `has no ${second}`
    throw usage(`${first} ${lacks}; there is ${family}`)
  }
  const meant = nearest(first, names)
  const hint = meant === undefined ? thereAre() : `did you mean ${meant}?`
  throw usage(`there is no verb ${first}; ${hint}`)
}

function thereAre(): string {
  return `there are ${verbs.map(({ name }) => name).join(', ')}; see duramen --help`
}

function argumentOf(verb: string, argument: string | undefined, given: readonly string[]): string {
  const [first = '', second] = given
  const extra = argument === undefined ? first : second
  if (extra) throw usage(`${verb} does not take '${extra}'; see duramen ${verb} --help`)
  if (argument !== undefined && !argument.startsWith('[') && first === '') {
    throw usage(`${verb} needs ${argument}; see duramen ${verb} --help`)
  }
  return first
}

function packageVersion(): string {
  const require = createRequire(import.meta.url)
  return (require('../../package.json') as { version: string }).version
}
