// What the commands that run for long have in common: their numbers, and lines on how far they are.
import { parseArgs } from 'node:util'

/**
 * The options of a campaign: whole numbers with their defaults, a seed, `--json`, and flags.
 *
 * @param {Record<string, number>} numbers
 * @param {readonly string[]} [flags]
 */
export function campaignOptions(numbers, flags = []) {
  const defaults = { ...numbers, seed: Date.now() % 2 ** 31 }
  const names = Object.keys(defaults)
  const { values } = parseArgs({
    options: Object.fromEntries([
      ...names.map((name) => [name, { type: 'string' }]),
      ...[...flags, 'json'].map((name) => [name, { type: 'boolean' }]),
    ]),
  })
  for (const name of names) values[name] = whole(name, values[name] ?? String(defaults[name]))
  return values
}

function whole(name, text) {
  if (/^\d+$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text)
  console.error(`--${name} is '${text}'; give a whole number`)
  process.exit(2)
}

/** Tells on standard error how far a campaign is, every ten seconds; its clock. */
export class CampaignProgress {
  #started = performance.now()
  #next = 10

  constructor(name) {
    this.name = name
    // An exit lets whoever made files remove them; a signal would not.
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1))
  }

  get seconds() {
    return Number(((performance.now() - this.#started) / 1000).toFixed(1))
  }

  /** `describe` makes the text, where it is time for one. */
  tell(describe) {
    if (this.seconds < this.#next) return
    this.#next = this.seconds + 10
    this.say(`${describe()}; ${this.seconds} s`)
  }

  say(text) {
    console.error(`${this.name}: ${text}`)
  }
}
