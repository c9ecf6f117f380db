import type { OptionTable } from './options.js'
import { storeOptions } from './store/store-options.js'
import { type AnyVerb, commonOptions, optionsOf } from './verb.js'
import { type VerbEntry, verbs } from './verbs.js'

/** What `duramen --help` prints. */
export function generalHelp(): string {
  return [
    'Usage: duramen VERB [OPTIONS]',
    'An append-only log in the files of Apache Kafka, and a broker for its clients.',
    section('Verbs', columns(verbs.map(({ name, summary }) => [name, summary]))),
    section('Options of every verb', optionLines(commonOptions)),
    section('Examples', [
      '  duramen serve',
      '  duramen produce clicks --file access.log',
      '  duramen consume clicks --max-records 10',
    ]),
    '',
    'duramen help VERB says more. Exit codes: 0 done, 1 failed or a fault was found, 2 wrong usage.',
    '',
  ].join('\n')
}

/** What every verb of two words takes: they all work over the network, too. */
export const familyOptions = { ...storeOptions, ...commonOptions }

/** What `duramen topics --help` prints: the verbs that begin with that word. */
export function familyHelp(first: string, family: readonly VerbEntry[]): string {
  return [
    `Usage: duramen ${first} VERB [OPTIONS]`,
    section('Verbs', columns(family.map(({ name, summary }) => [name, summary]))),
    section('Options', optionLines(familyOptions)),
    '',
    `duramen help ${first} VERB says more.`,
    '',
  ].join('\n')
}

/** What `duramen VERB --help` prints. */
export function verbHelp({ name, summary }: VerbEntry, verb: AnyVerb): string {
  const { argument, examples } = verb
  const usage = ['duramen', name, argument, '[OPTIONS]'].filter(Boolean).join(' ')
  return [
    `Usage: ${usage}`,
    `${summary[0]?.toUpperCase()}${summary.slice(1)}.`,
    section('Options', optionLines(optionsOf(verb))),
    section(
      'Examples',
      examples.map((example) => `  ${example}`),
    ),
    '',
  ].join('\n')
}

function section(title: string, lines: readonly string[]): string {
  return `\n${title}:\n${lines.join('\n')}`
}

function optionLines(options: OptionTable): string[] {
  return columns(
    Object.entries(options).map(([name, { value, alias, meaning, default: byDefault }]) => {
      const names = alias === undefined ? `--${name}` : `--${name}, --${alias}`
      const isShown = typeof byDefault === 'string' || typeof byDefault === 'number'
      const shown = isShown ? ` (default ${byDefault})` : ''
      return [value === undefined ? names : `${names} ${value}`, `${meaning}${shown}`]
    }),
  )
}

const widestName = 34

function columns(rows: readonly (readonly string[])[]): string[] {
  const width = Math.min(widestName, Math.max(...rows.map(([name = '']) => name.length)))
  return rows.map(([name = '', meaning = '']) =>
    name.length > width
      ? `  ${name}\n  ${' '.repeat(width)}  ${meaning}`
      : `  ${name.padEnd(width)}  ${meaning}`,
  )
}
