import { parseArgs } from 'node:util'
import { nearest } from '../config/nearest.js'
import { usage } from './failure.js'
import { kafkasOption } from './kafkas-options.js'

/** One option of a verb: how it is parsed, and what help says about it. */
export interface Option<T> {
  /** What stands for the value in help, such as `N`; absent for a flag. */
  readonly value?: string
  readonly meaning: string
  readonly default: T
  /** Another name for it. */
  readonly alias?: string
  /** Undefined where the text is refused. A flag has none. */
  readonly parse?: (text: string) => T | undefined
  /** What `parse` takes, for the error. */
  readonly allowed?: string
  /** It may be given several times: each adds to the values before. */
  add?(before: T, given: T): T
}

// biome-ignore lint/suspicious/noExplicitAny: a table holds options of any type
export type OptionTable = { readonly [name: string]: Option<any> }

export type OptionValues<Table extends OptionTable> = {
  readonly [Name in keyof Table]: Table[Name] extends Option<infer T> ? T : never
}

type More<T> = Partial<Pick<Option<T>, 'default' | 'alias'>>

export function flag(meaning: string): Option<boolean> {
  return { meaning, default: false }
}

export function text(value: string, meaning: string): Option<string | undefined>
export function text(value: string, meaning: string, byDefault: string): Option<string>
export function text(value: string, meaning: string, byDefault?: string): Option<unknown> {
  return { value, meaning, default: byDefault, parse: (given) => given }
}

/** Text that `parse` makes something of; `allowed` says what it takes. */
export function parsed<T>(
  value: string,
  meaning: string,
  allowed: string,
  parse: (text: string) => T | undefined,
  more: More<T | undefined> = {},
): Option<T | undefined> {
  return { value, meaning, allowed, parse, default: undefined, ...more }
}

/** A whole number from `lowest` to `highest`. */
export function count(
  value: string,
  meaning: string,
  [lowest, highest]: readonly [lowest: number, highest: number],
  more: More<number | undefined> = {},
): Option<number | undefined> {
  const bound = highest === Number.MAX_SAFE_INTEGER ? 'up' : `to ${highest}`
  const allowed = `a whole number from ${lowest} ${bound}`
  const parse = (given: string) => {
    const number = /^\d{1,16}$/.test(given) ? Number(given) : -1
    return number >= lowest && number <= highest ? number : undefined
  }
  return parsed(value, meaning, allowed, parse, more)
}

/** `NAME=VALUE`, any number of times; the last one of a name counts. */
export function pairs(meaning: string): Option<Readonly<Record<string, string>>> {
  return {
    value: 'NAME=VALUE',
    meaning,
    default: {},
    allowed: 'a name, an equals sign and a value',
    parse: (given) => {
      const at = given.indexOf('=')
      return at > 0 ? { [given.slice(0, at).trim()]: given.slice(at + 1) } : undefined
    },
    add: (before, given) => ({ ...before, ...given }),
  }
}

/** Text, any number of times. */
export function texts(value: string, meaning: string): Option<readonly string[]> {
  return {
    value,
    meaning,
    default: [],
    parse: (given) => [given],
    add: (before, given) => [...before, ...given],
  }
}

export function choice<const T extends string>(
  choices: readonly T[],
  meaning: string,
  byDefault: NoInfer<T>,
): Option<T> {
  return {
    value: choices.join('|'),
    meaning,
    default: byDefault,
    allowed: choices.join(' or '),
    parse: (given) => choices.find((one) => one === given),
  }
}

/** What stands on a command line behind the verb. */
export interface Parsed {
  readonly values: { readonly [name: string]: unknown }
  readonly positionals: readonly string[]
  /** The options that stand there, and are not only their defaults. */
  readonly given: ReadonlySet<string>
}

/**
 * Takes a command line apart by `table`.
 *
 * @throws DuramenError `ERR_USAGE` that names the option that is unknown, or has no or a wrong value
 */
export function parseOptions(args: readonly string[], table: OptionTable, verb: string): Parsed {
  const { tokens } = parseArgs({
    args: joinNegative(args, table),
    options: forParseArgs(table),
    allowPositionals: true,
    strict: false,
    tokens: true,
  })
  const values: { [name: string]: unknown } = {}
  for (const [name, option] of Object.entries(table)) values[name] = option.default
  const positionals: string[] = []
  const given = new Set<string>()
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value)
    if (token.kind !== 'option') continue
    const name = nameIn(table, token.name)
    if (name === undefined) throw unknownOption(token.rawName, table, verb)
    // parseArgs takes whatever stands next, which more likely is another option.
    const isOption = token.inlineValue === false && /^--?[a-z]/i.test(token.value)
    const option = table[name] as Option<unknown>
    const value = optionValue(name, option, isOption ? undefined : token.value)
    // Of values that go together, each counts; of others one alone would, in silence.
    if (option.add === undefined && option.parse !== undefined && given.has(name)) {
      throw usage(`${verb} takes --${name} once; leave one out`)
    }
    given.add(name)
    values[name] = option.add === undefined ? value : option.add(values[name], value)
  }
  return { values, positionals, given }
}

// -5 is a value where an option takes one, and parseArgs would refuse it as ambiguous.
function joinNegative(args: readonly string[], table: OptionTable): string[] {
  const joined: string[] = []
  for (const arg of args) {
    const before = joined.at(-1) ?? ''
    const name = before.startsWith('--') ? nameIn(table, before.slice(2)) : undefined
    const takesIt = name !== undefined && table[name]?.parse !== undefined
    if (takesIt && /^-\d+$/.test(arg)) joined[joined.length - 1] = `${before}=${arg}`
    else joined.push(arg)
  }
  return joined
}

function forParseArgs(table: OptionTable) {
  const options: { [name: string]: { type: 'string' | 'boolean'; short?: string } } = {}
  for (const [name, { parse, alias }] of Object.entries(table)) {
    const type = parse === undefined ? 'boolean' : 'string'
    options[name] = name === 'help' ? { type, short: 'h' } : { type }
    if (alias !== undefined) options[alias] = { type }
  }
  return options
}

function nameIn(table: OptionTable, given: string): string | undefined {
  if (Object.hasOwn(table, given)) return given
  return Object.keys(table).find((name) => table[name]?.alias === given)
}

function unknownOption(given: string, table: OptionTable, verb: string) {
  const known = kafkasOption(given, verb)
  if (known !== undefined) return usage(known)
  const names = Object.keys(table).map((name) => `--${name}`)
  const meant = nearest(given, names)
  const hint = meant === undefined ? `there are ${names.join(', ')}` : `did you mean ${meant}?`
  return usage(`${verb} has no option ${given}; ${hint}`)
}

function optionValue(name: string, option: Option<unknown>, given: string | undefined): unknown {
  if (option.parse === undefined) {
    if (given === undefined) return true
    throw usage(`--${name} takes no value, and '${given}' was given; leave it out`)
  }
  if (given === undefined) throw usage(`--${name} needs a value: --${name}=${option.value}`)
  const value = option.parse(given)
  if (value !== undefined) return value
  throw usage(`--${name} is '${given}'; it must be ${option.allowed}`)
}
