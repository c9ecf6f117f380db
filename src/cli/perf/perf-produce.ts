import { codecNames } from '../../compression/index.js'
import { checkWritable } from '../../topic/topic-name.js'
import { Appender } from '../appender.js'
import { usage } from '../failure.js'
import { choice, count, flag } from '../options.js'
import { overStore } from '../store/over-store.js'
import type { AppendableTopic } from '../store/store.js'
import { storeOptions } from '../store/store-options.js'
import type { Call, Verb } from '../verb.js'
import { Latencies } from './latencies.js'
import { Load } from './load.js'
import { latencyText, percentileText, ratesOf, usageLine, usageNow, volumeLine } from './report.js'

const many = Number.MAX_SAFE_INTEGER

const options = {
  records: count('N', 'how many', [1, many], { default: 1_000_000 }),
  'record-size': count('BYTES', 'of each value', [1, 64 * 1024 * 1024], { default: 100 }),
  'batch-size': count('BYTES', 'most bytes of a batch', [256, 64 * 1024 * 1024], {
    default: 16_384,
  }),
  linger: count('MS', 'how long a batch waits to become full', [0, 60_000], { default: 0 }),
  rate: count('N', 'records a second (default: as many as there can be)', [1, many]),
  compression: choice(codecNames, 'codec of the batches', 'none'),
  acks: choice(
    ['all', '1', '0'],
    'all: as --flush promises, or all replicas; 1 and 0: less',
    'all',
  ),
  flush: choice(
    ['sync', 'os'],
    'of --dir: records are on the device, or in the page cache',
    'sync',
  ),
  partition: count('N', 'append to this partition (default: to each in turn)', [0, 2 ** 31 - 1]),
  'no-create': flag('refuse a topic that does not exist; otherwise it is made with 1 partition'),
  ...storeOptions,
}

export const perfProduce: Verb<typeof options> = {
  argument: 'TOPIC',
  options,
  examples: [
    'duramen perf produce load --records 5000000 --record-size 100 --flush os',
    'duramen perf produce load --bootstrap-server localhost:9092 --rate 10000 --record-size 1024',
  ],
  run: overStore<typeof options>(async (call, { topics }) => {
    const { options, argument: name, note, given } = call
    checkWritable(name)
    if (given.has('flush') && options['bootstrap-server'] !== undefined) {
      throw usage('--flush is for --dir; a broker flushes as it is configured, so leave it out')
    }
    const { acks, flush, partition } = options
    const create = !options['no-create']
    const batchSize = options['batch-size'] as number
    const topic = await topics.openToAppend(name, { create, partition, acks, flush, batchSize })
    if (topic.created) note(`made the topic ${name}, with 1 partition`)
    try {
      await new Run(topic, call).run()
    } finally {
      await topic.close()
    }
    return 0
  }),
}

type PerfCall = Call<typeof options>

/** Kafka's tool looks at as many latencies. */
const mostSamples = 500_000
const intervalMs = 5000

/** Sends the load, and measures. */
class Run {
  readonly #topic: AppendableTopic
  readonly #call: PerfCall
  readonly #all = new Latencies()
  /** Of the last five seconds. */
  readonly #window = new Latencies()
  readonly #recordSize: number
  readonly #sampled: number
  #sent = 0
  #reported = 0
  #reportedAt = 0

  constructor(topic: AppendableTopic, call: PerfCall) {
    this.#topic = topic
    this.#call = call
    this.#recordSize = call.options['record-size'] as number
    this.#sampled = Math.max(1, Math.floor((call.options.records as number) / mostSamples))
  }

  async run(): Promise<void> {
    const { options, signal } = this.#call
    const appender = new Appender(this.#topic.logs, this.#topic.mostInFlight)
    const load = new Load({
      records: options.records as number,
      recordSize: this.#recordSize,
      batchSize: Math.min(options['batch-size'] as number, this.#topic.maxMessageBytes),
      linger: options.linger as number,
      rate: options.rate ?? Number.POSITIVE_INFINITY,
      compression: options.compression,
    })
    const started = performance.now()
    this.#reportedAt = started
    for await (const { count, dueAt, send } of load.batches(signal)) {
      const sendTimed = async (log: Parameters<typeof send>[0]) => {
        const appended = await send(log)
        this.#acknowledged(count, dueAt)
        return appended
      }
      await appender.append(sendTimed, count)
      await this.#reportWindow()
    }
    await appender.finish()
    await this.#report((performance.now() - started) / 1000)
  }

  #acknowledged(count: number, dueAt: (index: number) => number): void {
    const now = performance.now()
    const first = (this.#sampled - (this.#sent % this.#sampled)) % this.#sampled
    for (let index = first; index < count; index += this.#sampled) {
      const ms = now - dueAt(index)
      this.#all.add(ms)
      this.#window.add(ms)
    }
    this.#sent += count
  }

  async #reportWindow(): Promise<void> {
    const ms = performance.now() - this.#reportedAt
    const { options, output } = this.#call
    if (ms < intervalMs || options.json) return
    const line = volumeLine(this.#volume(this.#sent - this.#reported, ms / 1000), 'sent')
    await output.write(`${line}, ${latencyText(this.#window.summary)}.\n`)
    await output.send()
    this.#reported = this.#sent
    this.#reportedAt += ms
    this.#window.reset()
  }

  #volume(records: number, seconds: number) {
    return { records, bytes: records * this.#recordSize, seconds }
  }

  async #report(seconds: number): Promise<void> {
    const { options, output } = this.#call
    const volume = this.#volume(this.#sent, seconds)
    const latencyMs = this.#all.summary
    const used = usageNow()
    if (options.json) {
      await output.write(
        `${JSON.stringify({ ...volume, ...ratesOf(volume), latencyMs, ...used })}\n`,
      )
      return
    }
    const latency = `${latencyText(latencyMs)}, ${percentileText(latencyMs)}`
    await output.write(`${volumeLine(volume, 'sent')}, ${latency}.\n${usageLine(used)}\n`)
  }
}
