import { createRequire } from 'node:module'
import { isatty } from 'node:tty'
import { describe, describeAsJson, type ExitCode, exitCodeOf, usage } from './failure.js'
import { familyOf, findVerb, namesOf, thereAre } from './find-verb.js'
import { familyHelp, familyOptions, generalHelp, verbHelp } from './help.js'
import { standardInput } from './input.js'
import { flag, parseOptions } from './options.js'
import { Output, OutputClosed } from './output.js'
import { die, exitCodeOfSignal, listenForSignals } from './signals.js'
import { type Context, commonOptions, optionsOf, type Streams } from './verb.js'

/** Runs a command line on the streams of this process, and ends it with its exit code. */
export async function run(args: readonly string[]): Promise<void> {
  // What nobody reads need not be said.
  process.stderr.on('error', () => {})
  const signal = listenForSignals()
  const output = new Output(1, isatty(1), signal)
  const say = (line: string) => process.stderr.write(`${line}\n`)
  const code = await execute(args, { output, signal, say, openInput: standardInput })
  if (signal.aborted && output.isWriting) return die(signal.reason)
  // Not by running dry: standard input may still be open, with nobody reading it.
  process.exit(code)
}

/**
 * Runs a command line; its exit code, by the signal where one ended it. Errors are described on the streams, with --json as an object
 * a line, also where the command line is wrong.
 */
export async function execute(args: readonly string[], streams: Streams): Promise<number> {
  const { output, signal, say } = streams
  const [json, verbose] = ['--json', '--verbose'].map((option) => args.includes(option))
  const note = (message: string) =>
    say(json ? JSON.stringify({ note: message }) : `duramen: ${message}`)
  try {
    const code = await dispatch(args, { ...streams, note })
    await output.flush()
    return code
  } catch (error) {
    if (signal.aborted) return exitCodeOfSignal(signal)
    if (error instanceof OutputClosed) return 0
    // What was written before the failure belongs to the result.
    await output.flush().catch(() => {})
    if (json) say(JSON.stringify(describeAsJson(error, verbose)))
    else note(describe(error, verbose))
    return exitCodeOf(error)
  }
}

/** Where topics live: two answers to one question. */
const placeOptions = ['--dir', '--bootstrap-server']

async function dispatch(args: readonly string[], context: Context): Promise<number> {
  // The verb stands first, or behind options that every verb has.
  let at = 0
  while (args[at]?.startsWith('-')) at += placeOptions.includes(args[at]) ? 2 : 1
  const [first, second] = args.slice(at)
  const without = (words: number) => [...args.slice(0, at), ...args.slice(at + words)]
  if (first === undefined) return withoutVerb(args, context.output)
  // `help consume` is `consume --help`.
  if (first === 'help') return dispatch([...without(1), '--help'], context)
  const isHalf = second === undefined || second.startsWith('-')
  if (isHalf && familyOf(first).length > 0) return halfVerb(first, without(1), context.output)
  const entry = findVerb(first, second)
  const verb = await entry.load()
  const table = optionsOf(verb)
  const rest = without(entry.name.split(' ').length)
  const { values, positionals, given } = parseOptions(rest, table, entry.name)
  if (values.help) {
    await context.output.write(verbHelp(entry, verb))
    return 0
  }
  const argument = argumentOf(entry.name, verb.argument, positionals)
  if (placeOptions.every((option) => given.has(option.slice(2)))) {
    throw usage(`${placeOptions.join(' and ')} contradict each other; use one`)
  }
  const code = await verb.run({ ...context, options: values, given, argument })
  const { signal } = context
  return signal.aborted && !verb.endsBySignal ? exitCodeOfSignal(signal) : code
}

async function withoutVerb(args: readonly string[], output: Output): Promise<ExitCode> {
  const table = { ...commonOptions, version: flag('the version') }
  const { values } = parseOptions(args, table, 'duramen')
  if (!values.version && !values.help) throw usage(`a verb is missing; ${thereAre()}`)
  await output.write(values.version ? `${packageVersion()}\n` : generalHelp())
  return 0
}

/** `topics` without what stands behind it. */
async function halfVerb(first: string, args: readonly string[], output: Output): Promise<ExitCode> {
  const family = familyOf(first)
  const { values } = parseOptions(args, familyOptions, first)
  if (!values.help) {
    throw usage(
      `${first} needs one word more; there is ${namesOf(family)}; see duramen ${first} --help`,
    )
  }
  await output.write(familyHelp(first, family))
  return 0
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
