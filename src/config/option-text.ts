import type { Option } from './option.js'

const largestLong = 2n ** 63n - 1n

/**
 * A value that was given as text, as on a command line or by Kafka's clients, in the type of its
 * option; as it is where it does not parse, for the check of the option to refuse. A number beyond
 * 2^53 - 1, by which Kafka says never, becomes 2^53 - 1.
 */
export function parsedOption(option: Option<unknown>, value: unknown): unknown {
  if (typeof value !== 'string' || typeof option.default === 'string') return value
  const text = value.trim()
  if (typeof option.default === 'boolean') return parsedBoolean(text) ?? value
  if (typeof option.default === 'number') return parsedNumber(text, option.fraction) ?? value
  return text === '' ? [] : text.split(',').map((element) => element.trim())
}

/** The opposite: as Kafka's tools show and take it. */
export function optionText(value: unknown): string {
  return value === Number.MAX_SAFE_INTEGER ? String(largestLong) : String(value)
}

function parsedBoolean(text: string): boolean | undefined {
  const lower = text.toLowerCase()
  return lower === 'true' || (lower === 'false' ? false : undefined)
}

function parsedNumber(text: string, fraction = false): number | undefined {
  if (fraction) return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined
  if (!/^[+-]?\d{1,19}$/.test(text)) return undefined
  const exact = BigInt(text.replace('+', ''))
  const limit = Number.MAX_SAFE_INTEGER
  return exact > largestLong ? undefined : Math.max(-limit, Math.min(Number(text), limit))
}
