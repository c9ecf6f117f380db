import { withoutEscapes } from './escapes.js'
import { usage } from './failure.js'
import { choice, count, flag, type OptionValues, parsed, text } from './options.js'
import { storeOptions } from './store/store-options.js'
import { allowedTimes, timeOf } from './times.js'
import type { commonOptions } from './verb.js'

const int32Max = 2 ** 31 - 1

export const consumeOptions = {
  partition: count('N', 'only this partition (default: one after the other)', [0, int32Max]),
  'from-beginning': flag('start at the first record; the default without --follow'),
  offset: parsed(
    'N',
    'start at offset N; earliest; latest; -N is N offsets before the end',
    'a whole number, earliest or latest',
    (given) => (/^(-?\d{1,16}|earliest|latest)$/.test(given) ? given : undefined),
  ),
  'from-time': parsed(
    'T',
    'start at the first record of that time: ISO 8601, or milliseconds since 1970',
    allowedTimes,
    timeOf,
  ),
  'max-records': count('N', 'stop after N records', [0, Number.MAX_SAFE_INTEGER], {
    alias: 'max-messages',
  }),
  group: text('G', 'go on where the group has committed (else at the beginning), and commit'),
  follow: flag('wait for further records instead of stopping at the end'),
  'isolation-level': choice(
    ['read_uncommitted', 'read_committed'],
    'read_committed leaves out what was aborted',
    'read_uncommitted',
  ),
  format: choice(['value', 'ndjson'], 'values, or records as JSON', 'value'),
  delimiter: parsed(
    'S',
    'what ends a value (default \\n)',
    'one character or more',
    withoutEscapes,
  ),
  encoding: choice(['utf8', 'base64', 'hex'], 'how bytes are written', 'utf8'),
  ...storeOptions,
}

/** What `consume` was called with. */
export type ConsumeOptions = OptionValues<typeof consumeOptions & typeof commonOptions>

/** @throws DuramenError `ERR_USAGE` where options contradict each other */
export function checkTogether(options: ConsumeOptions): void {
  const starts = (['from-beginning', 'offset', 'from-time'] as const).filter(
    (name) => options[name] !== undefined && options[name] !== false,
  )
  if (options.group !== undefined) checkBesideGroup(options)
  if (starts.length > 1) throw usage(`--${starts.join(' and --')} contradict each other; use one`)
  if ((options.format === 'ndjson' || options.json) && options.delimiter !== undefined) {
    throw usage('--delimiter is for --format value; leave it out')
  }
}

/** A group shares all partitions out, and knows where to start in each. */
function checkBesideGroup(options: ConsumeOptions): void {
  if (options['bootstrap-server'] !== undefined) {
    throw usage(
      'consume --group does not go over the network yet, but will in a later version; ' +
        'leave out --group, or use --dir where no broker runs',
    )
  }
  if (options.partition !== undefined) {
    throw usage('--group shares out all partitions, so --partition cannot be given; leave it out')
  }
  for (const name of ['offset', 'from-time'] as const) {
    if (options[name] === undefined) continue
    throw usage(
      `--group starts where it has committed, so --${name} cannot be given; see duramen help groups reset-offsets`,
    )
  }
}
