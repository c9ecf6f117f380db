// Writes logs in every way there is, and has Apache Kafka's own DumpLogSegments look at them, indexes
// included; passes messages of the protocol through Kafka's own classes:
// npm run test:kafka [-- --if-available] [-- --keep] [-- --seed N] [-- --only messages]
import assert from 'node:assert/strict'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { cases } from '../test/kafka/cases.mjs'
import { dumpLogs } from '../test/kafka/dump.mjs'
import { continueGolden } from '../test/kafka/golden.mjs'
import { kafkaVersion, whatIsMissing } from '../test/kafka/kafka-jars.mjs'
import { checkMessages } from '../test/kafka/messages.mjs'
import { decoded, writeOffsets } from '../test/kafka/offsets.mjs'
import { fail, secondsSince } from './tools.mjs'

const { values: options } = parseArgs({
  options: {
    'if-available': { type: 'boolean' },
    keep: { type: 'boolean' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
  },
})

const missing = whatIsMissing()
if (missing !== undefined) {
  const sentence = `what we write is not checked by Apache Kafka: that takes ${missing}`
  if (!options['if-available']) fail(sentence)
  console.log(`kafka: ${sentence}`)
  process.exit(0)
}

const root = mkdtempSync(join(tmpdir(), 'duramen-kafka-'))
const started = performance.now()
let failures = 0

function report(name, problem, summary) {
  if (problem !== undefined) failures++
  console.log(problem === undefined ? `kafka: ${name}: ${summary}` : `kafka: ${name}: FAILED`)
  if (problem !== undefined) console.log(problem.replace(/^/gm, '  '))
}

/** What is wrong with a log, as text; undefined where Kafka finds what was appended. */
function problemOf(found, expected, { gaps = false } = {}) {
  if (found.faults.length > 0) return found.faults.slice(0, 10).join('\n')
  if (!gaps && found.gaps > 0) return `${found.gaps} gaps between offsets`
  const wanted = Array.isArray(expected) ? expected : expected.all.slice(-found.records.length)
  const least = Array.isArray(expected) ? expected.length : expected.atLeast.length
  if (found.records.length < least) return `${found.records.length} records of ${least}`
  try {
    assert.deepEqual(found.records, wanted)
  } catch (error) {
    return error.message
  }
  const counted = found.batches.reduce((sum, { count }) => sum + count, 0)
  return counted === wanted.length ? undefined : `${counted} records by the batches' counts`
}

async function checkCases() {
  const written = []
  for (const { name, write, gaps } of cases) {
    const directory = join(root, name)
    written.push({ name, directory, gaps, expected: await write(directory) })
  }
  const found = dumpLogs(
    root,
    written.map(({ directory }) => directory),
  )
  for (const { name, directory, gaps, expected } of written) {
    const log = found.get(directory)
    const { records, batches, entries } = log
    const summary = `${records.length} records, ${batches.length} batches, ${entries} index entries`
    report(name, problemOf(log, expected, { gaps }), summary)
  }
  return written
}

async function checkGolden() {
  for (const which of ['clean', 'unclean']) {
    const directory = join(root, which)
    mkdirSync(directory)
    const expected = await continueGolden(which, directory)
    const found = dumpLogs(directory, [...expected.keys()], { contents: false })
    const problems = [...expected].flatMap(([path, records]) => {
      const log = found.get(path)
      const kept = log.records.map(({ headers: _, marker: __, ...rest }) => rest)
      // What lies below the log start offset is still in the file.
      const shown = { ...log, records: kept.slice(-records.length), batches: [] }
      const problem =
        shown.faults.length > 0 ? problemOf(shown, []) : differ(shown.records, records)
      return problem === undefined ? [] : [`${path}: ${problem}`]
    })
    const summary = `${expected.size} partitions of Kafka's own continued`
    report(`golden ${which}`, problems.length > 0 ? problems.join('\n') : undefined, summary)
  }
}

/** Groups and committed offsets, as Kafka's own decoder of them reads them. */
async function checkOffsets() {
  const expected = await writeOffsets(root)
  const directory = join(root, '__consumer_offsets-0')
  const { faults, records } = dumpLogs(root, [directory], { contents: 'offsets' }).get(directory)
  const problem = faults.length > 0 ? faults.join('\n') : differ(records.map(decoded), expected)
  report('committed offsets', problem, `${records.length} records decoded`)
}

function differ(found, expected) {
  try {
    assert.deepEqual(found, expected)
    return undefined
  } catch (error) {
    return error.message
  }
}

/** Damages that must be seen, or this whole check is worth nothing. */
const damages = {
  'a byte of a record': ['.log', (bytes) => flip(bytes, Math.floor(bytes.length / 2))],
  'an offset in the offset index': ['.index', (bytes) => flip(bytes, 3)],
  'a position in the offset index': ['.index', (bytes) => flip(bytes, 7)],
  'a timestamp in the time index': ['.timeindex', (bytes) => flip(bytes, 7)],
  'the number of producers in a snapshot': ['.snapshot', (bytes) => flip(bytes, 9)],
  'a batch that is missing': ['.log', (bytes) => bytes.subarray(12 + bytes.readInt32BE(8))],
}

function flip(bytes, position) {
  bytes[position] ^= 1
  return bytes
}

function checkThatDamageIsSeen({ name, directory, expected }) {
  for (const [damage, [kind, change]] of Object.entries(damages)) {
    const copy = join(root, `damaged-${Object.keys(damages).indexOf(damage)}`, name)
    cpSync(directory, copy, { recursive: true })
    const file = readdirSync(copy)
      .filter((entry) => entry.endsWith(kind))
      .sort()[0]
    const path = join(copy, file)
    writeFileSync(path, change(readFileSync(path)))
    const problem = problemOf(dumpLogs(root, [copy]).get(copy), expected)
    const verdict = problem === undefined ? `nobody noticed ${damage}` : undefined
    report(`damaged on purpose (${damage})`, verdict, `seen: ${problem?.split('\n')[0]}`)
  }
}

/** The schemas of Kafka's protocol, and what is made of them. */
function checkProtocol() {
  const seed = Number(options.seed)
  for (const { group, isDamaged, checks, problems } of checkMessages({ seed })) {
    if (isDamaged) {
      const verdict = problems.length === 0 ? 'nobody noticed' : undefined
      report(`schema ${group}`, verdict, `seen: ${problems[0]?.split('\n')[0]}`)
    } else {
      const shown = [`${problems.length} of ${checks}, seed ${seed}`, ...problems.slice(0, 5)]
      const problem = problems.length > 0 ? shown.join('\n') : undefined
      report(`protocol's ${group}`, problem, `${checks} as Kafka has them, seed ${seed}`)
    }
  }
}

async function checkLogs() {
  const written = await checkCases()
  await checkGolden()
  await checkOffsets()
  checkThatDamageIsSeen(written.find(({ name }) => name === 'reopened-0'))
}

checkProtocol()
if (options.only !== 'messages') await checkLogs()

const verdict = failures === 0 ? 'agrees' : `disagrees ${failures} times`
console.log(`kafka: Apache Kafka ${kafkaVersion} ${verdict} (${secondsSince(started)})`)
if (options.keep || failures > 0) console.log(`kafka: the logs are in ${root}`)
else rmSync(root, { recursive: true })
process.exit(failures === 0 ? 0 : 1)
