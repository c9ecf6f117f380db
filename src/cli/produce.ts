import { checkWritable } from '../topic/topic-name.js'
import { Appender } from './appender.js'
import { withoutEscapes } from './escapes.js'
import { usage } from './failure.js'
import { type Input, openFile } from './input.js'
import { type Lines, lineLimits, linesOf, recordOverhead } from './lines.js'
import { choice, count, flag, parsed, text } from './options.js'
import { Progress } from './progress.js'
import { RecordBatches } from './record-batches.js'
import { inputError, LineFault, type ParseLine, parseNdjson, parsePlain } from './record-lines.js'
import { overStore } from './store/over-store.js'
import type { Store } from './store/store.js'
import { storeOptions } from './store/store-options.js'
import type { Call, Verb } from './verb.js'
import { counted, megabytes } from './words.js'

const smallestBatch = 1024
const largestBatch = 64 * 1024 * 1024

const acks = choice(
  ['all', '1', '0'],
  'all: as --flush promises, or all replicas; 1 and 0: less',
  'all',
)

const options = {
  file: text('F', 'read a file instead of standard input'),
  format: choice(['lines', 'ndjson'], 'a value a line, or a record as JSON a line', 'lines'),
  'key-separator': bytes('S', 'the key stands before the first S of a line'),
  'null-value': bytes('S', 'a value that is S is null'),
  delimiter: bytes('S', 'what ends a line; \\n, \\t, \\0 and \\xHH are understood (default \\n)'),
  partition: count(
    'N',
    'append to this partition (default: by key; without one, to each in turn)',
    [0, 2 ** 31 - 1],
  ),
  compression: choice(['none', 'gzip', 'snappy', 'lz4', 'zstd'], 'codec of the batches', 'none'),
  // Kafka's tools take -1 as well.
  acks: { ...acks, parse: (given: string) => acks.parse?.(given === '-1' ? 'all' : given) },
  flush: choice(
    ['sync', 'os'],
    'of --dir: records are on the device, or in the page cache',
    'sync',
  ),
  'batch-size': count(
    'BYTES',
    'most bytes of a batch, unless a record needs more (default 1 MiB)',
    [smallestBatch, largestBatch],
  ),
  'no-create': flag('refuse a topic that does not exist; otherwise it is made with 1 partition'),
  ...storeOptions,
}

function bytes(value: string, meaning: string) {
  return parsed(value, meaning, 'one character or more', withoutEscapes)
}

export const produce: Verb<typeof options> = {
  argument: 'TOPIC',
  options,
  examples: [
    'duramen produce clicks --file access.log --flush os',
    'duramen produce clicks --bootstrap-server localhost:9092 --compression lz4 < access.log',
    "tail -F app.log | duramen produce app --key-separator ' '",
    'duramen consume clicks --format ndjson | duramen produce copy --format ndjson',
  ],
  run: overStore<typeof options>(async (call, store) => {
    checkTogether(call)
    checkWritable(call.argument)
    const { file } = call.options
    const input = await (file ? openFile(file, call.signal) : call.openInput(call.signal))
    try {
      await produceFrom(input, call, store)
    } finally {
      await input.close()
    }
    return 0
  }),
}

function checkTogether({ options, given }: Call<typeof produce.options>): void {
  if (given.has('flush') && options['bootstrap-server'] !== undefined) {
    throw usage('--flush is for --dir; a broker flushes as it is configured, so leave it out')
  }
  if (options.format === 'lines') return
  for (const name of ['key-separator', 'null-value', 'delimiter'] as const) {
    if (options[name] !== undefined) throw usage(`--${name} is for --format lines; leave it out`)
  }
}

const defaultBatch = 1024 * 1024

async function produceFrom(
  input: Input,
  call: Call<typeof produce.options>,
  { topics }: Store,
): Promise<void> {
  const { options, argument: name, note } = call
  const wanted = options['batch-size'] ?? defaultBatch
  const { acks, flush, partition } = options
  const create = !options['no-create']
  const topic = await topics.openToAppend(name, {
    create,
    partition,
    acks,
    flush,
    batchSize: wanted,
  })
  const { logs, created, maxMessageBytes, mostInFlight } = topic
  const batchSize = Math.max(smallestBatch, Math.min(wanted, maxMessageBytes))
  if (created) note(`made the topic ${name}, with 1 partition`)
  if (input.isTerminal) note('reading lines, Ctrl-D ends')
  const started = performance.now()
  const appender = new Appender(logs, mostInFlight)
  const report = (bytes?: number) => {
    const { records, batches } = appender
    const seconds = (performance.now() - started) / 1000
    return reportOn({ topic: name, created, records, batches, bytes, seconds }, call)
  }
  let size: number
  try {
    size = await appendAll(input, appender, call, { batchSize, maxMessageBytes })
  } catch (error) {
    // What was appended before stays, and closing makes it whole.
    await topic.close().catch(() => {})
    await report()
    throw error
  }
  await topic.close()
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
