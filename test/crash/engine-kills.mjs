// Kills engines in the middle of everything, over and over, and looks at what is there again.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { open } from '../../dist/index.js'
import { numbers, pick } from '../support/random.mjs'

const program = join(import.meta.dirname, 'busy-engine.mjs')

/** What an engine has begun and acknowledged, over all its lives. */
class Promised {
  turn = 0
  acknowledged = 0
  topics = new Set()
  /** By `topic partition`: the value at each offset. */
  records = new Map()
  /** By topic: what was acknowledged last, and what was begun last. */
  commits = new Map()

  take(line) {
    const [what, topic, ...rest] = line.split(' ')
    if (what === 'created') this.topics.add(topic)
    if (what === 'turn') this.turn = Number(topic) + 1
    if (what === 'sent') this.#sent(`${topic} ${rest[0]}`, Number(rest[1]), rest[2])
    if (what === 'commit') this.#committing(topic).begun = Number(rest[0])
    if (what === 'committed') this.#committing(topic).done = Number(rest[0])
    if (what === 'created' || what === 'sent' || what === 'committed') this.acknowledged++
  }

  #sent(log, offset, value) {
    if (!this.records.has(log)) this.records.set(log, new Map())
    this.records.get(log).set(offset, value)
  }

  #committing(topic) {
    if (!this.commits.has(topic)) this.commits.set(topic, { done: -1, begun: -1 })
    return this.commits.get(topic)
  }
}

/** Runs the program until it has said `enough` lines, and some microseconds more. */
async function killed(orders, enough, promised) {
  const child = spawn(process.execPath, [program, JSON.stringify(orders)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const errors = text(child.stderr)
  let rest = ''
  let lines = 0
  child.stdout.setEncoding('latin1')
  child.stdout.on('data', (chunk) => {
    const whole = (rest + chunk).split('\n')
    rest = whole.pop() ?? ''
    for (const line of whole) promised.take(line)
    lines += whole.length
    if (lines >= enough) child.kill('SIGKILL')
  })
  const [, signal] = await once(child, 'close')
  return signal === 'SIGKILL' ? [] : [`the engine ended by itself: ${await errors}`]
}

/** Sentences on what is not as it was promised. */
async function differences(directory, promised) {
  const engine = await open(directory, { flush: 'os' })
  const faults = []
  try {
    const there = new Set(engine.topics().map(({ name }) => name))
    for (const topic of promised.topics) if (!there.has(topic)) faults.push(`${topic} is lost`)
    for (const [log, records] of promised.records) {
      const [topic, partition] = log.split(' ')
      if (!there.has(topic)) continue
      faults.push(...missing(log, records, await valuesOf(engine, topic, Number(partition))))
    }
    const committed = await (await engine.groups()).fetchOffsets('group')
    for (const [topic, { done, begun }] of promised.commits) {
      const offset = committed.find((one) => one.topic === topic)?.offset ?? -1
      if (offset < done || offset > begun) {
        faults.push(`${topic}: committed is ${offset}, acknowledged was ${done}, begun ${begun}`)
      }
    }
  } finally {
    await engine.close()
  }
  return faults
}

async function valuesOf(engine, topic, partition) {
  const log = await engine.log(topic, partition)
  const values = new Map()
  for (let offset = 0; offset < log.logEndOffset; ) {
    const view = await log.read(offset)
    for (const record of view) values.set(record.offset, String(record.value))
    offset = view.nextOffset
  }
  return values
}

function missing(log, records, values) {
  const lost = [...records].filter(([offset, value]) => values.get(offset) !== value)
  return lost.length === 0 ? [] : [`${log}: ${lost.length} records are lost, as ${lost[0]}`]
}

/** How many turns' lines make a directory old enough for a new one. */
const cyclesADirectory = 10

/**
 * Runs so many cycles, or for `seconds`, one after the other; `report(tally)` is called after each.
 *
 * @returns what was counted; `failures` has a sentence for each fault
 */
export async function runEngineKills({ cycles, seconds, seed, report = () => {} }) {
  const random = numbers(seed)
  const ends = performance.now() + seconds * 1000
  const tally = { cycles: 0, acknowledged: 0, failures: [] }
  let root = ''
  let promised = new Promised()
  try {
    while (tally.cycles < cycles && performance.now() < ends && tally.failures.length === 0) {
      if (tally.cycles % cyclesADirectory === 0) {
        rmSync(root, { recursive: true, force: true })
        root = mkdtempSync(join(tmpdir(), 'duramen-crash-'))
        promised = new Promised()
      }
      const directory = join(root, 'data')
      const orders = { directory, flush: pick(random, ['sync', 'os']), turn: promised.turn }
      tally.failures.push(...(await killed(orders, random(400), promised)))
      tally.failures.push(...(await differences(directory, promised)))
      tally.cycles++
      tally.acknowledged += promised.acknowledged
      promised.acknowledged = 0
      report(tally)
    }
    return tally
  } finally {
    if (tally.failures.length === 0) rmSync(root, { recursive: true, force: true })
    else tally.failures.push(`${root} is kept`)
  }
}
