import { consumeGroup } from './consume-group.js'
import { type ConsumeOptions, checkTogether, consumeOptions } from './consume-options.js'
import { encodedValues, type Format, ndjson, plainValues } from './format.js'
import { viewsOf } from './read-ahead.js'
import { RecordWriter } from './record-writer.js'
import { startOffset } from './start-offset.js'
import { overStore } from './store/over-store.js'
import type { ReadablePartition, ReadableTopic, Reading } from './store/store.js'
import type { Call, Verb } from './verb.js'

export const consume: Verb<typeof consumeOptions> = {
  argument: 'TOPIC',
  options: consumeOptions,
  examples: [
    'duramen consume clicks --from-beginning --max-records 10',
    'duramen consume clicks --follow --offset -5',
    'duramen consume clicks --format ndjson --from-time 2026-01-31T12:00:00Z',
    'duramen consume clicks --bootstrap-server localhost:9092 --follow',
    'duramen consume clicks --group billing --max-records 100 | ./bill',
  ],
  run: overStore<typeof consumeOptions>(async (call, { topics }) => {
    checkTogether(call.options)
    const { partition, group, 'max-records': most } = call.options
    const writer = new RecordWriter(call.output, formatOf(call.options), most)
    if (group !== undefined) {
      await consumeGroup(call, writer)
      return 0
    }
    const topic = await topics.openToRead(call.argument, partition)
    try {
      await consumeFrom(topic, writer, call)
    } catch (error) {
      if (!call.signal.aborted) throw error
    } finally {
      await topic.close()
    }
    return 0
  }),
}

function formatOf(options: ConsumeOptions): Format {
  const { format, json, encoding, delimiter = Buffer.from('\n') } = options
  if (format === 'ndjson' || json) return ndjson(encoding)
  return encoding === 'utf8' ? plainValues(delimiter) : encodedValues(encoding, delimiter)
}

// Large enough to keep the cost of a read small, small enough to stay in the processor's cache.
const maxBytes = 1024 * 1024

async function consumeFrom(
  topic: ReadableTopic,
  writer: RecordWriter,
  { options, signal }: Call<typeof consumeOptions>,
): Promise<void> {
  if (writer.isDone) return
  const starts = await Promise.all(topic.logs.map((log) => startOffset(log, options)))
  const reading = { maxBytes, isolation: options['isolation-level'], signal }
  if (options.follow) return followAll(topic, starts, writer, reading)
  for (const [i, log] of topic.logs.entries()) {
    await readToEnd(log, starts[i], writer, reading)
  }
}

/** Up to where the log ends now; a producer may be adding to it. */
async function readToEnd(
  log: ReadablePartition,
  start: number,
  writer: RecordWriter,
  reading: Reading,
): Promise<void> {
  const end = log.highWatermark
  if (writer.isDone) return
  for await (const view of viewsOf(log, start, reading)) {
    await writer.write(view, end)
    view.release()
    if (writer.isDone) return
  }
}

async function followAll(
  topic: ReadableTopic,
  starts: readonly number[],
  writer: RecordWriter,
  reading: Reading,
): Promise<void> {
  const done = new AbortController()
  const signal = AbortSignal.any([reading.signal, done.signal])
  try {
    await topic.follow(starts, { ...reading, signal }, async (view) => {
      await writer.write(view)
      view.release()
      await writer.send()
      if (writer.isDone) done.abort()
    })
  } catch (error) {
    if (!signal.aborted) throw error
  }
}
