import { setMaxListeners } from 'node:events'
import type { IsolationLevel, PartitionLog } from '../log/index.js'
import { closeAll, openTopic } from '../topic/index.js'
import { consumeGroup } from './consume-group.js'
import { type ConsumeOptions, checkTogether, consumeOptions } from './consume-options.js'
import { encodedValues, type Format, ndjson, plainValues } from './format.js'
import { noteFindings } from './note-findings.js'
import { RecordWriter } from './record-writer.js'
import { startOffset } from './start-offset.js'
import type { Call, Verb } from './verb.js'

export const consume: Verb<typeof consumeOptions> = {
  argument: 'TOPIC',
  options: consumeOptions,
  examples: [
    'duramen consume clicks --from-beginning --max-records 10',
    'duramen consume clicks --follow --offset -5',
    'duramen consume clicks --format ndjson --from-time 2026-01-31T12:00:00Z',
    'duramen consume clicks --group billing --max-records 100 | ./bill',
  ],
  async run(call) {
    checkTogether(call.options)
    const { dir, partition, group, 'max-records': most } = call.options
    const writer = new RecordWriter(call.output, formatOf(call.options), most)
    if (group !== undefined) {
      await consumeGroup(call, writer)
      return 0
    }
    const { logs } = await openTopic(dir, call.argument, { partition, log: { readOnly: true } })
    for (const log of logs) noteFindings(log, call.note)
    try {
      await consumeFrom(logs, writer, call)
    } finally {
      await closeAll(logs)
    }
    return 0
  },
}

function formatOf(options: ConsumeOptions): Format {
  const { format, json, encoding, delimiter = Buffer.from('\n') } = options
  if (format === 'ndjson' || json) return ndjson(encoding)
  return encoding === 'utf8' ? plainValues(delimiter) : encodedValues(encoding, delimiter)
}

async function consumeFrom(
  logs: readonly PartitionLog[],
  writer: RecordWriter,
  { options, signal }: Call<typeof consumeOptions>,
): Promise<void> {
  if (writer.isDone) return
  const starts = await Promise.all(logs.map((log) => startOffset(log, options)))
  const isolation = options['isolation-level']
  if (options.follow) return followAll(logs, starts, writer, { isolation, signal })
  for (const [i, log] of logs.entries()) {
    await readToEnd(log, starts[i], writer, { isolation, signal })
  }
}

// Large enough to keep the cost of a read small, small enough to stay in the processor's cache.
const maxBytes = 1024 * 1024

interface Reading {
  readonly isolation: IsolationLevel
  readonly signal: AbortSignal
}

/** Up to where the log ends now; a producer may be adding to it. */
async function readToEnd(
  log: PartitionLog,
  start: number,
  writer: RecordWriter,
  { isolation, signal }: Reading,
): Promise<void> {
  const end = log.highWatermark
  for (let offset = start; offset < end && !writer.isDone && !signal.aborted; ) {
    const view = await log.read(offset, { maxBytes, isolation })
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
  { isolation, signal: stop }: Reading,
): Promise<void> {
  const done = new AbortController()
  const signal = AbortSignal.any([stop, done.signal])
  // Each partition listens, and more than ten would be taken for a leak.
  setMaxListeners(0, signal)
  const follow = async (log: PartitionLog, start: number) => {
    for await (const view of log.tail(start, { maxBytes, isolation, signal })) {
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
