import { logOptions } from '../config/log-options.js'
import { closeAll, openTopic } from '../topic/index.js'
import { checkWritable } from '../topic/topic-name.js'
import { Appender } from './appender.js'
import { withoutEscapes } from './escapes.js'
import { usage } from './failure.js'
import { type Input, openFile } from './input.js'
import { type Lines, lineLimits, linesOf, recordOverhead } from './lines.js'
import { noteFindings } from './note-findings.js'
import { choice, count, flag, parsed, text } from './options.js'
import { Progress } from './progress.js'
import { RecordBatches } from './record-batches.js'
import { inputError, LineFault, type ParseLine, parseNdjson, parsePlain } from './record-lines.js'
import type { Call, Verb } from './verb.js'
import { counted, megabytes } from './words.js'

const smallestBatch = 1024
const largestBatch = 64 * 1024 * 1024

const options = {
  file: text('F', 'read a file instead of standard input'),
  format: choice(['lines', 'ndjson'], 'a value a line, or a record as JSON a line', 'lines'),
  'key-separator': bytes('S', 'the key stands before the first S of a line'),
  'null-value': bytes('S', 'a value that is S is null'),
  delimiter: bytes('S', 'what ends a line; \\n, \\t, \\0 and \\xHH are understood (default \\n)'),
  partition: count('N', 'append to this partition (default: to each in turn)', [0, 2 ** 31 - 1]),
  compression: choice(['none', 'gzip', 'snappy', 'lz4', 'zstd'], 'codec of the batches', 'none'),
  acks: choice(['all', '1', '0'], 'all waits for what --flush promises, 1 and 0 do not', 'all'),
  flush: choice(['sync', 'os'], 'records are on the device, or in the page cache', 'sync'),
  'batch-size': count(
    'BYTES',
    'most bytes of a batch, unless a record needs more (default 1 MiB)',
    [smallestBatch, largestBatch],
  ),
  'no-create': flag('refuse a topic that does not exist; otherwise it is made with 1 partition'),
}

function bytes(value: string, meaning: string) {
  return parsed(value, meaning, 'one character or more', withoutEscapes)
}

export const produce: Verb<typeof options> = {
  argument: 'TOPIC',
  options,
  examples: [
    'duramen produce clicks --file access.log --flush os',
    "tail -F app.log | duramen produce app --key-separator ' '",
    'duramen consume clicks --format ndjson | duramen produce copy --format ndjson',
  ],
  async run(call) {
    checkTogether(call)
    checkWritable(call.argument)
    const { file } = call.options
    const input = await (file ? openFile(file, call.signal) : call.openInput(call.signal))
    try {
      await produceFrom(input, call)
    } finally {
      await input.close()
    }
    return 0
  },
}

function checkTogether({ options }: Call<typeof produce.options>): void {
  if (options.format === 'lines') return
  for (const name of ['key-separator', 'null-value', 'delimiter'] as const) {
    if (options[name] !== undefined) throw usage(`--${name} is for --format lines; leave it out`)
  }
}

// A batch that takes up to this much is what consumers of the log expect.
const usualBatch = logOptions.maxMessageBytes.default
const defaultBatch = 1024 * 1024

async function produceFrom(input: Input, call: Call<typeof produce.options>): Promise<void> {
  const { options, argument: topic, note } = call
  const wanted = options['batch-size'] ?? defaultBatch
  const { logs, created } = await openTopic(options.dir, topic, {
    create: !options['no-create'],
    partition: options.partition,
    // Else what the topic's configuration says.
    log: { flush: options.flush, maxMessageBytes: wanted > usualBatch ? wanted : undefined },
  })
  const maxMessageBytes = Math.min(logs[0].options.maxMessageBytes, logs[0].options.segmentBytes)
  const batchSize = Math.max(smallestBatch, Math.min(wanted, maxMessageBytes))
  if (created) note(`made the topic ${topic}, with 1 partition`)
  for (const log of logs) noteFindings(log, note)
  if (input.isTerminal) note('reading lines, Ctrl-D ends')
  const started = performance.now()
  const appender = new Appender(logs, batchesInFlight(options.acks, options.flush))
  const report = (bytes?: number) => {
    const { records, batches } = appender
    const seconds = (performance.now() - started) / 1000
    return reportOn({ topic, created, records, batches, bytes, seconds }, call)
  }
  let size: number
  try {
    size = await appendAll(input, appender, call, { batchSize, maxMessageBytes })
  } catch (error) {
    // What was appended before stays, and closing makes it whole.
    await closeAll(logs).catch(() => {})
    await report()
    throw error
  }
  await closeAll(logs)
  await report(size)
}

interface Report {
  readonly topic: string
  /** Whether the topic was made for it. */
  readonly created: boolean
  /** Those that were acknowledged. */
  readonly records: number
  readonly batches: number
  /** Of the input; undefined where something failed before its end. */
  readonly bytes?: number
  readonly seconds: number
}

async function reportOn(report: Report, { options, output, note }: Call<typeof produce.options>) {
  if (options.json) return output.write(`${JSON.stringify(report)}\n`)
  const { topic, bytes, seconds } = report
  const records = counted(report.records, 'record')
  if (bytes === undefined) note(`${records} kept in ${topic}, then it failed`)
  else note(`${records} (${megabytes(bytes)}) appended to ${topic} in ${seconds.toFixed(2)} s`)
}

// Enough for a flush to cover several, and few enough to bound what is lost when one fails.
const inFlight = 16

function batchesInFlight(acks: string, flush: string): number {
  if (acks !== 'all') return Number.POSITIVE_INFINITY
  return flush === 'sync' ? inFlight : 0
}

interface Sizes {
  readonly batchSize: number
  readonly maxMessageBytes: number
}

/** @returns the bytes of the input */
async function appendAll(
  input: Input,
  appender: Appender,
  { options, signal }: Call<typeof produce.options>,
  { batchSize, maxMessageBytes }: Sizes,
): Promise<number> {
  const parse = parserOf(options)
  const delimiter = options.delimiter ?? Buffer.from('\n')
  const batches = new RecordBatches(appender, batchSize, options.compression)
  const lines = linesOf(input, { ...lineLimits(batchSize, maxMessageBytes), delimiter, signal })
  const progress = new Progress()
  let size = 0
  try {
    for await (const some of lines) {
      size += some.to - some.from
      if (parse === undefined) await appender.appendLines(some, delimiter.length)
      else await appendParsed(some, batches, parse, { delimiter, input })
      if (!input.isTerminal) progress.show(`${appender.records} records, ${megabytes(size)}`)
    }
  } finally {
    progress.clear()
    await appender.finish()
  }
  return size
}

/** Undefined where lines are values as they stand, which is the fast way. */
function parserOf(options: Call<typeof produce.options>['options']): ParseLine | undefined {
  const separator = options['key-separator']
  const nullValue = options['null-value']
  if (options.format === 'ndjson') return parseNdjson
  const isPlain = separator === undefined && nullValue === undefined
  return isPlain && options.compression === 'none' ? undefined : parsePlain(separator, nullValue)
}

/** Appended before the next block of input takes the place of this one. */
async function appendParsed(
  { bytes, from, lengths, count, firstLine }: Lines,
  batches: RecordBatches,
  parse: ParseLine,
  { delimiter, input }: { readonly delimiter: Buffer; readonly input: Input },
): Promise<void> {
  let at = from
  let index = 0
  try {
    for (; index < count; index++) {
      const length = lengths[index]
      const record = parse(bytes.subarray(at, at + length))
      if (record !== undefined) await batches.add(record, length + recordOverhead)
      at += length + delimiter.length
    }
  } catch (error) {
    throw error instanceof LineFault ? inputError(error, firstLine + index, input.name) : error
  } finally {
    await batches.flush()
  }
}
