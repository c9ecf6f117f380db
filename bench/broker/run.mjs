// npm run bench:broker: our broker and Apache Kafka under the same loads, in turns. See bench/README.md.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { whatIsMissing } from '../../test/kafka/kafka-jars.mjs'
import { environment } from '../lib/environment.mjs'
import { anonymousBytes } from '../lib/memory.mjs'
import { digits } from '../lib/report.mjs'
import { median } from '../lib/stats.mjs'
import { run, startBroker } from './brokers.mjs'
import { cases } from './cases.mjs'
import { cpuSeconds, stolenShare } from './cpu.mjs'
import { idleBytes } from './idle.mjs'
import { apply, withoutLibrdkafka } from './loads.mjs'
import { makeTopic, removeTopic } from './topics.mjs'

const USAGE = `npm run bench:broker -- [options]
  --full         every case, and more repeats (long)
  --smoke        few records, once: does it run
  --only TEXT    cases whose name contains TEXT (repeatable)
  --alone        without Apache Kafka
  --repeats N    how often each case is run (default 3, with --full 5)
  --dir DIR      where the brokers keep their files (default: a temporary folder)
  --json         the report as JSON
  --save FILE    the report as text into FILE, too
  --gate         exit 1 when a ratio is beyond its limit`

const { values: options } = parseArgs({
  options: {
    full: { type: 'boolean' },
    smoke: { type: 'boolean' },
    only: { type: 'string', multiple: true },
    alone: { type: 'boolean' },
    repeats: { type: 'string' },
    dir: { type: 'string', default: tmpdir() },
    json: { type: 'boolean' },
    save: { type: 'string' },
    gate: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  },
})

/**
 * @typedef {import('./brokers.mjs').RunningBroker} RunningBroker
 * @typedef {{ rate: number, p50?: number, p99?: number, p999?: number, cpu?: number, memory: number, stolen: number }} Sample
 * @typedef {{ name: string, of: Record<string, Sample[]>, error?: string }} Result
 */

const smokeRecords = 2000
const say = (/** @type {string} */ text) => process.stderr.write(`${text}\n`)
/** @type {string[]} */
const report = []
const print = (/** @type {string} */ text) => {
  report.push(text)
  if (!options.json) console.log(text)
}

function usage() {
  console.log(USAGE)
  return 0
}

async function main() {
  mkdirSync(options.dir, { recursive: true })
  const root = mkdtempSync(join(options.dir, 'duramen-broker-'))
  try {
    return await measure(root)
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

/** @param {string} root */
async function measure(root) {
  const noJava = whatIsMissing()
  const noLibrdkafka = withoutLibrdkafka()
  if (noJava) say(`left out, which needs ${noJava}: Apache Kafka and its load generators`)
  if (noLibrdkafka) say(`left out: the generator over librdkafka, which ${noLibrdkafka}`)
  const chosen = cases.filter(
    ({ name, quick, load }) =>
      (options.only ? options.only.some((text) => name.includes(text)) : options.full || quick) &&
      !(load.client === 'java' ? noJava : noLibrdkafka),
  )
  const machine = environment(root)
  for (const [name, value] of Object.entries(machine)) print(`${name}: ${value}`)
  /** @type {('duramen' | 'kafka')[]} */
  const names = options.alone || noJava ? ['duramen'] : ['duramen', 'kafka']
  const results = []
  for (const durability of /** @type {const} */ (['os', 'sync'])) {
    const some = chosen.filter((one) => one.durability === durability)
    if (some.length > 0) results.push(...(await measureAll(some, names, root, durability)))
  }
  const beyond = results.flatMap(({ name, of }) => verdicts(name, of))
  for (const text of beyond) print(`  ${text}`)
  const failed = results.filter(({ error }) => error)
  say(`\n${results.length} cases, ${failed.length} failed, ${beyond.length} beyond a limit`)
  if (options.json) console.log(JSON.stringify({ environment: machine, results }, null, 2))
  if (options.save) writeFileSync(options.save, `\`\`\`text\n${report.join('\n')}\n\`\`\`\n`)
  return failed.length > 0 || (options.gate && beyond.length > 0) ? 1 : 0
}

/**
 * @param {import('./cases.mjs').Case[]} some
 * @param {('duramen' | 'kafka')[]} names
 * @param {string} root
 * @param {import('./brokers.mjs').Durability} durability
 */
async function measureAll(some, names, root, durability) {
  /** @type {RunningBroker[]} */
  const brokers = []
  try {
    for (const name of names) brokers.push(await startBroker(name, root, durability))
    print(
      `\nflush ${durability}: started ${brokers.map(({ name, readyMs }) => `${name} in ${digits(readyMs)} ms`).join(', ')}`,
    )
    for (const { name, pid } of brokers) print(`  ${name} takes ${mebibytes(pid)} MiB idle`)
    if (durability === 'os' && !withoutLibrdkafka()) {
      for (const broker of brokers) {
        const bytes = await idleBytes(broker)
        print(
          `  ${broker.name} takes ${Math.round(bytes / 2 ** 20)} MiB with 1,000 connections and partitions`,
        )
      }
    }
    await warmUp(brokers)
    print(heading)
    const results = []
    for (const one of some) results.push(await measureCase(one, brokers))
    return results
  } finally {
    for (const broker of brokers) await broker.stop()
  }
}

/** A virtual machine for Java compiles what runs often: its first loads would count for nothing. */
async function warmUp(/** @type {RunningBroker[]} */ brokers) {
  if (options.smoke) return
  for (const broker of brokers) {
    for (const { load } of cases.filter(({ quick, durability }) => quick && durability === 'os')) {
      if (load.client === 'java' && whatIsMissing()) continue
      say(`${broker.name}: warming up`)
      const topic = await makeTopic(broker.address, 1)
      const records = load.rate ? 10_000 : 1_000_000
      const fill = { ...load, does: /** @type {const} */ ('produce'), records, rate: load.rate }
      await apply(fill, broker.address, topic)
      if (load.does === 'consume') await apply({ ...load, records }, broker.address, topic)
      await removeTopic(broker.address, topic)
    }
  }
}

/**
 * @param {import('./cases.mjs').Case} one
 * @param {RunningBroker[]} brokers
 * @returns {Promise<Result>}
 */
async function measureCase(one, brokers) {
  /** @type {Record<string, Sample[]>} */
  const of = Object.fromEntries(brokers.map(({ name }) => [name, []]))
  const repeats = options.smoke ? 1 : Number(options.repeats ?? (options.full ? 5 : 3))
  try {
    for (let repeat = 0; repeat < repeats; repeat++) {
      for (let turn = 0; turn < brokers.length; turn++) {
        const broker = brokers[(turn + repeat) % brokers.length]
        say(`${one.name}: ${broker.name} (${repeat + 1}/${repeats})`)
        of[broker.name].push(await sample(one, broker))
      }
    }
    for (const { name } of brokers) print(line(`${one.name} / ${name}`, of[name]))
    return { name: one.name, of }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    print(`  ${one.name} FAILED: ${message}`)
    return { name: one.name, of: {}, error: message }
  }
}

/**
 * @param {import('./cases.mjs').Case} one
 * @param {RunningBroker} broker
 * @returns {Promise<Sample>}
 */
async function sample({ load, partitions }, { address, pid }) {
  const wanted = options.smoke ? { ...load, records: smokeRecords, rate: undefined } : load
  const topic = await makeTopic(address, partitions)
  if (load.does === 'consume') {
    await apply({ ...wanted, does: 'produce', client: 'librdkafka' }, address, topic)
  }
  // Else what was written before is written back now, at this one's cost.
  if (!options.smoke) await run('sync', [])
  const before = cpuSeconds(pid)
  const stolen = stolenShare()
  const { records, seconds, latency } = await apply(wanted, address, topic)
  const bytes = records * load.recordBytes
  // At a fixed rate there is a warm-up in it, and nothing to learn.
  const cpu = load.rate === undefined ? (cpuSeconds(pid) - before) / (bytes / 1e9) : undefined
  const memory = mebibytes(pid)
  const percent = 100 * stolen()
  await removeTopic(address, topic)
  return { rate: records / seconds, ...latency, cpu, memory, stolen: percent }
}

/** @param {number} pid */
function mebibytes(pid) {
  return Math.round((anonymousBytes(pid) ?? 0) / 2 ** 20)
}

const columns = /** @type {const} */ (['rate', 'p50', 'p99', 'p999', 'cpu', 'memory', 'stolen'])
const heading = `  ${'case / broker'.padEnd(58)}${['records/s', 'p50 ms', 'p99 ms', 'p99.9 ms', 'CPU s/GB', 'RssAnon', 'stolen %'].map((name) => name.padStart(10)).join('')}`

/**
 * Medians over the repeats.
 * @param {string} name
 * @param {Sample[]} samples
 */
function line(name, samples) {
  const cells = columns.map((column) => {
    const values = samples.flatMap((one) => one[column] ?? [])
    const middle = median(values)
    const text = column === 'rate' ? `${Math.round(middle / 1000)} k` : digits(middle)
    return (values.length === 0 ? '' : text).padStart(10)
  })
  return `  ${name.padEnd(58)}${cells.join('')}`
}

/**
 * Ratios that are beyond their limits; those of runs that stood next to each other, in the middle.
 * @param {string} name
 * @param {Record<string, Sample[]>} of
 */
function verdicts(name, { duramen = [], kafka = [] }) {
  const limits = cases.find((one) => one.name === name)?.limits ?? {}
  if (kafka.length === 0 || options.smoke) return []
  return Object.entries(limits).flatMap(([metric, limit]) => {
    const values = duramen.map(
      (one, i) =>
        Number(one[/** @type {'rate'} */ (metric)]) /
        Number(kafka[i][/** @type {'rate'} */ (metric)]),
    )
    const ratio = median(values)
    const isMet = metric === 'rate' ? ratio >= limit : ratio <= limit
    print(`  ${name}: ${metric} ${digits(ratio)}x Kafka's (limit ${limit})`)
    return isMet ? [] : [`BEYOND: ${name}: ${metric} ${digits(ratio)}x (limit ${limit})`]
  })
}

process.exitCode = options.help ? usage() : await main()
