// What clients do to a broker: Apache Kafka's own load generators, and one over librdkafka.
import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { kafkaClassPath } from '../../test/kafka/kafka-jars.mjs'
import { besideThis, run } from './brokers.mjs'

/**
 * @typedef {object} Load
 * @property {'produce' | 'consume'} does
 * @property {'java' | 'librdkafka'} client
 * @property {number} records
 * @property {number} recordBytes
 * @property {string} [acks] `1` or `all`
 * @property {string} [codec]
 * @property {number} [rate] records a second; as fast as it goes unless said
 * @property {boolean} [spread] each record to another partition; else a batch is filled first
 */

/**
 * @typedef {object} Outcome
 * @property {number} records
 * @property {number} seconds
 * @property {{ p50: number, p99: number, p999: number }} [latency] milliseconds to the acknowledgement
 */

const program = join(
  dirname(dirname(dirname(fileURLToPath(import.meta.url)))),
  'build',
  'bench',
  'load',
)

/** Why the generator over librdkafka cannot be had; undefined where it can. */
export function withoutLibrdkafka() {
  try {
    mkdirSync(dirname(program), { recursive: true })
    const args = ['-O2', '-o', program, besideThis('load.c'), '-lrdkafka']
    execFileSync('cc', args, { stdio: 'pipe' })
    return undefined
  } catch {
    return 'needs cc and librdkafka with its headers (Debian: librdkafka-dev)'
  }
}

/**
 * @param {Load} load
 * @param {string} address
 * @param {string} topic
 * @returns {Promise<Outcome>}
 */
export function apply(load, address, topic) {
  if (load.client === 'librdkafka') return librdkafka(load, address, topic)
  if (load.does === 'consume') return javaConsume(load, address, topic)
  return load.rate === undefined
    ? javaProduce(load, address, topic)
    : javaLatency(load, load.rate, address, topic)
}

/** Batches as in Kafka's documentation of tuning for throughput; the latency loads send at once. */
const batchBytes = 131_072
const lingerMs = (/** @type {Load} */ { rate }) => (rate === undefined ? 5 : 0)

/** @type {(load: Load, address: string, topic: string) => Promise<Outcome>} */
async function librdkafka(load, address, topic) {
  const { does, records, recordBytes, acks = 'all', codec = 'none', rate = 0 } = load
  const settings =
    does === 'produce'
      ? [
          `acks=${acks}`,
          `compression.type=${codec}`,
          `linger.ms=${lingerMs(load)}`,
          `batch.size=${batchBytes}`,
          'queue.buffering.max.messages=1000000',
          ...(load.spread ? ['sticky.partitioning.linger.ms=0'] : []),
        ]
      : ['group.id=bench', 'fetch.message.max.bytes=1048576', 'check.crcs=false']
  const args = [does, address, topic, records, recordBytes, rate].map(String)
  const answer = JSON.parse(await run(program, [...args, ...settings]))
  const { p50, p99, p999 } = answer
  const latency = p50 === undefined ? undefined : { p50, p99, p999 }
  return { records: answer.records, seconds: answer.seconds, latency }
}

const java = (/** @type {string[]} */ ...args) =>
  run('java', ['-Xmx512m', '-cp', kafkaClassPath(), ...args])

const sent =
  /(\d+) records sent, ([\d.]+) records\/sec .* ([\d.]+) ms 50th, [\d.]+ ms 95th, ([\d.]+) ms 99th, ([\d.]+) ms 99.9th/g

/** @type {(load: Load, address: string, topic: string) => Promise<Outcome>} */
async function javaProduce(load, address, topic) {
  const { records, recordBytes, acks = 'all', codec = 'none' } = load
  const output = await java(
    'org.apache.kafka.tools.ProducerPerformance',
    ...['--topic', topic, '--num-records', String(records), '--record-size', String(recordBytes)],
    ...['--throughput', '-1', '--producer-props', `bootstrap.servers=${address}`],
    ...[`acks=${acks}`, `compression.type=${codec}`, `linger.ms=${lingerMs(load)}`],
    `batch.size=${batchBytes}`,
  )
  const last = [...output.matchAll(sent)].at(-1)
  if (last === undefined) throw new Error(`ProducerPerformance printed ${output.slice(-500)}`)
  const [, count, perSecond, p50, p99, p999] = last.map(Number)
  return { records: count, seconds: count / perSecond, latency: { p50, p99, p999 } }
}

/**
 * As many records again go before, and do not count: what a virtual machine for Java does in its first
 * seconds says nothing of a broker. A quicker broker has more requests then, and looks slower.
 * @type {(load: Load, rate: number, address: string, topic: string) => Promise<Outcome>}
 */
async function javaLatency(load, rate, address, topic) {
  const { records, recordBytes, acks = 'all', codec = 'none' } = load
  const output = await java(
    ...[besideThis('Latency.java'), address, topic, records, recordBytes, rate, records].map(
      String,
    ),
    ...[`acks=${acks}`, `compression.type=${codec}`, `linger.ms=${lingerMs(load)}`],
    `batch.size=${batchBytes}`,
  )
  const { seconds, p50, p99, p999 } = JSON.parse(output)
  return { records, seconds, latency: { p50, p99, p999 } }
}

/** @type {(load: Load, address: string, topic: string) => Promise<Outcome>} */
async function javaConsume({ records }, address, topic) {
  const output = await java(
    'org.apache.kafka.tools.ConsumerPerformance',
    ...['--bootstrap-server', address, '--topic', topic, '--messages', String(records)],
    ...['--timeout', '30000', '--hide-header'],
  )
  const fields =
    output
      .trim()
      .split('\n')
      .at(-1)
      ?.split(',')
      .map((field) => field.trim()) ?? []
  const [count, fetchMs] = [Number(fields[4]), Number(fields[7])]
  if (!(count >= records)) throw new Error(`ConsumerPerformance printed ${output.slice(-500)}`)
  return { records: count, seconds: fetchMs / 1000 }
}
