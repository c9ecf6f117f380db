import { DuramenError } from '../errors.js'

/** One option: what it is called here and in Kafka, and what it may be. */
export interface Option<T> {
  /** Kafka's dotted name; absent where Kafka has no such option. */
  readonly kafka?: string
  readonly default: T
  /** Of a number: smallest and largest, both allowed. */
  readonly bounds?: readonly [lowest: number, highest: number]
  /** Of a number: it need not be whole. */
  readonly fraction?: true
  /** Of a choice: all values, but for those that are made. Of a list: its elements. */
  readonly choices?: readonly (T extends readonly (infer Element)[] ? Element : T)[]
  /** What else may be given, and what makes the value of it; undefined where it is nothing such. */
  readonly made?: readonly [shape: string, make: (given: unknown) => T | undefined]
  readonly meaning: string
}

// biome-ignore lint/suspicious/noExplicitAny: a table holds options of any type
export type OptionTable = { readonly [name: string]: Option<any> }

export type OptionValues<Table extends OptionTable> = {
  -readonly [Name in keyof Table]: Table[Name] extends Option<infer T> ? T : never
}

/**
 * `given` over the defaults of `table`; an option that is undefined counts as left out.
 *
 * @throws DuramenError `ERR_INVALID_OPTION` where it is no object; else it names the option, the value and what is allowed
 */
export function checkedOptions<Table extends OptionTable>(
  table: Table,
  given: { readonly [name: string]: unknown },
): OptionValues<Table> {
  if (typeof given !== 'object' || given === null) {
    throw new DuramenError(
      'ERR_INVALID_OPTION',
      `the options are ${shown(given)}; give an object, or leave them out`,
    )
  }
  const values: { [name: string]: unknown } = {}
  for (const [name, option] of Object.entries(table)) values[name] = option.default
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue
    const option = Object.hasOwn(table, name) ? table[name] : undefined
    if (option === undefined) {
      throw new DuramenError(
        'ERR_INVALID_OPTION',
        `there is no option ${name}; there are ${Object.keys(table).join(', ')}`,
      )
    }
    values[name] = checkedValue(name, option, value)
  }
  return values as OptionValues<Table>
}

/** @throws DuramenError `ERR_INVALID_OPTION` */
export function checkedValue(name: string, option: Option<unknown>, value: unknown): unknown {
  const { bounds, fraction, choices = [], made } = option
  if (Array.isArray(option.default)) return checkedList(name, choices, value)
  if (option.choices !== undefined) {
    if (choices.includes(value)) return value
    const own = made?.[1](value)
    if (own !== undefined) return own
    const allowed = [...choices.map(shown), ...(made === undefined ? [] : [made[0]])]
    throw refused(name, value, `one of ${allowed.join(', ')}`)
  }
  if (bounds !== undefined) {
    const [lowest, highest] = bounds
    const isNumber = fraction ? typeof value === 'number' : Number.isInteger(value)
    if (isNumber && Number(value) >= lowest && Number(value) <= highest) return value
    const kind = fraction ? 'number' : 'whole number'
    throw refused(name, value, `a ${kind} from ${lowest} to ${highest}`)
  }
  if (typeof value === typeof option.default) return value
  throw refused(name, value, `a ${typeof option.default}`)
}

/** What is given twice counts once. */
function checkedList(name: string, choices: readonly unknown[], value: unknown): unknown[] {
  if (Array.isArray(value) && value.every((element) => choices.includes(element))) {
    return [...new Set(value)]
  }
  const wrong = Array.isArray(value) ? value.find((one) => !choices.includes(one)) : value
  throw refused(name, wrong, `a list of ${choices.map(shown).join(', ')}`)
}

function refused(name: string, value: unknown, allowed: string): DuramenError {
  return new DuramenError('ERR_INVALID_OPTION', `${name} is ${shown(value)}; it must be ${allowed}`)
}

/** What `made` needs of an option that takes a function. */
export function functionOnly<T>(value: unknown): T | undefined {
  return typeof value === 'function' ? (value as T) : undefined
}

const shownCharacters = 80

/** A value of any type, for a message; nothing of an object is called or read. */
export function shown(value: unknown): string {
  if (typeof value === 'function') return 'a function'
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'object' && value !== null) return 'an object'
  const text = String(value)
  const short = text.length > shownCharacters ? `${text.slice(0, shownCharacters)}...` : text
  return typeof value === 'string' ? `'${short}'` : short
}
