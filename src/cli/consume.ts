import { setMaxListeners } from 'node:events'
import type { PartitionLog } from '../log/index.js'
import { closeAll, openTopic } from '../topic/index.js'
import { withoutEscapes } from './escapes.js'
import { usage } from './failure.js'
import { encodedValues, type Format, ndjson, plainValues } from './format.js'
import { noteFindings } from './note-findings.js'
import { choice, count, flag, parsed, text } from './options.js'
import { RecordWriter } from './record-writer.js'
import { startOffset } from './start-offset.js'
import type { Call, Verb } from './verb.js'

const int32Max = 2 ** 31 - 1

const options = {
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
    'a time such as 2026-01-31T12:00:00Z, or milliseconds since 1970',
    timeOf,
  ),
  'max-records': count('N', 'stop after N records', [0, Number.MAX_SAFE_INTEGER], {
    alias: 'max-messages',
  }),
  group: text('G', 'not available yet'),
  follow: flag('wait for further records instead of stopping at the end'),
  'isolation-level': choice(
    ['read_uncommitted', 'read_committed'],
    'only the first is available yet',
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
}

export type ConsumeOptions = Call<typeof options>['options']

export const consume: Verb<typeof options> = {
  argument: 'TOPIC',
  options,
  examples: [
    'duramen consume clicks --from-beginning --max-records 10',
    'duramen consume clicks --follow --offset -5',
    'duramen consume clicks --format ndjson --from-time 2026-01-31T12:00:00Z',
  ],
  async run(call) {
    checkTogether(call.options)
    const { dir, partition } = call.options
    const { logs } = await openTopic(dir, call.argument, { partition, log: { readOnly: true } })
    for (const log of logs) noteFindings(log, call.note)
    try {
      await consumeFrom(logs, call)
    } finally {
      await closeAll(logs)
    }
    return 0
  },
}

function timeOf(given: string): number | undefined {
  const time = /^\d{1,16}$/.test(given) ? Number(given) : Date.parse(given)
  return Number.isSafeInteger(time) ? time : undefined
}

function checkTogether(options: ConsumeOptions): void {
  if (options.group !== undefined) {
    throw usage('--group needs consumer groups, which this version does not have; leave it out')
  }
  if (options['isolation-level'] === 'read_committed') {
    throw usage('--isolation-level read_committed is not available yet; use read_uncommitted')
  }
  const starts = (['from-beginning', 'offset', 'from-time'] as const).filter(
    (name) => options[name] !== undefined && options[name] !== false,
  )
  if (starts.length > 1) throw usage(`--${starts.join(' and --')} contradict each other; use one`)
  if ((options.format === 'ndjson' || options.json) && options.delimiter !== undefined) {
    throw usage('--delimiter is for --format value; leave it out')
  }
}

function formatOf(options: ConsumeOptions): Format {
  const { format, json, encoding, delimiter = Buffer.from('\n') } = options
  if (format === 'ndjson' || json) return ndjson(encoding)
  return encoding === 'utf8' ? plainValues(delimiter) : encodedValues(encoding, delimiter)
}

async function consumeFrom(logs: readonly PartitionLog[], call: Call<typeof options>) {
  const { options, output } = call
  const writer = new RecordWriter(output, formatOf(options), options['max-records'])
  if (writer.isDone) return
  const starts = await Promise.all(logs.map((log) => startOffset(log, options)))
  if (options.follow) return followAll(logs, starts, writer, call.signal)
  for (const [i, log] of logs.entries()) {
    await readToEnd(log, starts[i], writer, call.signal)
  }
}

// Large enough to keep the cost of a read small, small enough to stay in the processor's cache.
const maxBytes = 1024 * 1024

/** Up to where the log ends now; a producer may be adding to it. */
async function readToEnd(
  log: PartitionLog,
  start: number,
  writer: RecordWriter,
  signal: AbortSignal,
): Promise<void> {
  const end = log.highWatermark
  for (let offset = start; offset < end && !writer.isDone && !signal.aborted; ) {
    const view = await log.read(offset, { maxBytes })
    if (view.isEmpty) return
    await writer.write(view, end)
    offset = view.nextOffset
    view.release()
  }
}

async function followAll(
  logs: readonly PartitionLog[],
  starts: readonly number[],
  writer: RecordWriter,
  stop: AbortSignal,
): Promise<void> {
  const done = new AbortController()
  const signal = AbortSignal.any([stop, done.signal])
  // Each partition listens, and more than ten would be taken for a leak.
  setMaxListeners(0, signal)
  const follow = async (log: PartitionLog, start: number) => {
    for await (const view of log.tail(start, { maxBytes, signal })) {
      await writer.write(view)
      view.release()
      await writer.send()
      if (writer.isDone) done.abort()
    }
  }
  try {
    await Promise.all(logs.map((log, i) => follow(log, starts[i])))
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    done.abort()
  }
}
