// Kills processes that append to logs, over and over, and looks at what they leave behind.
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { numbers, pick } from '../support/random.mjs'
import { Ledger } from './ledger.mjs'
import { anyOptions } from './options.mjs'
import { read, visit } from './visit.mjs'
import { amidAppends, anyMoment, WriterProcess, whileOpening } from './writer-process.mjs'

/** A campaign ends early once so many directories have gone wrong. */
const enoughFailures = 5

/** Directories that go, however the campaign ends. */
const roots = new Set()
process.on('exit', () => {
  // Writers have been killed, but may not be gone.
  for (const root of roots) rmSync(root, { recursive: true, force: true, maxRetries: 10 })
})

/** Logs side by side in one directory that is killed several times, so that recoveries stack. */
class Site {
  #generation = 0
  #ledgers
  #directories

  constructor(index, { seed, lie, tally }) {
    this.index = index
    this.random = numbers(seed + index * 7919)
    this.lie = lie
    this.tally = tally
    const disks = existsSync('/dev/shm') ? [tmpdir(), '/dev/shm'] : [tmpdir()]
    this.root = mkdtempSync(join(pick(this.random, disks), 'duramen-crash-'))
    roots.add(this.root)
    const count = 1 + this.random(3)
    this.#directories = Array.from({ length: count }, (_, i) => join(this.root, `clicks-${i}`))
    this.#ledgers = this.#directories.map(() => new Ledger())
    // Where this file is, logs share their lock, checkpoints and marker.
    if (this.random(2) === 0) writeFileSync(join(this.root, 'meta.properties'), 'version=1\n')
    for (const directory of this.#directories) mkdirSync(directory)
  }

  /** One cycle; sentences on what is wrong. */
  async cycle() {
    const wrong = []
    // Now and then whoever recovers is killed at it.
    while (this.random(6) === 0) wrong.push(...(await this.#kill(whileOpening(this.random))))
    // One that lies does nothing but append.
    const moment = this.lie ? amidAppends(this.random) : anyMoment(this.random)
    wrong.push(...(await this.#kill(moment)))
    for (const index of this.#directories.keys()) wrong.push(...(await this.#visit(index)))
    return wrong
  }

  async #kill(moment) {
    const generation = ++this.#generation
    const logs = this.#directories.map((directory) => {
      return { directory, options: anyOptions(this.random, this.lie && 'os') }
    })
    const orders = { logs, generation, seed: this.random(2 ** 31), lie: this.lie }
    const writer = new WriterProcess(orders, (letter, log, rest) => {
      this.#ledgers[log].take(letter, rest, generation)
    })
    const fault = await writer.run(moment, () => writer.kill())
    this.tally.kills++
    return fault === undefined ? [] : [fault]
  }

  async #visit(index) {
    const [directory, ledger] = [this.#directories[index], this.#ledgers[index]]
    const options = anyOptions(this.random)
    options.recovery = pick(this.random, ['torn-tail', 'strict'])
    const generation = ++this.#generation
    try {
      const readOnly = this.random(4) === 0 ? await read(directory, options) : undefined
      const found = await visit(directory, options, generation)
      const { lost, wrong } = ledger.compare(found)
      if (readOnly !== undefined) wrong.push(...differences(readOnly, found))
      this.tally.acknowledged += ledger.acknowledged
      this.tally.lost += lost
      ledger.acknowledged = 0
      ledger.take('s', [found.end, 1, 0], generation)
      return lost > 0 ? [`${directory}: ${lost} records are lost`, ...wrong] : wrong
    } catch (error) {
      this.tally.failedToReopen++
      return [`${directory} with ${JSON.stringify(options)}: ${error.stack}`]
    }
  }
}

/** A reader sees what recovery then finds, or a part of it, where it has to be durable to be seen. */
function differences(readOnly, found) {
  const expected = JSON.stringify(found.senders.slice(0, readOnly.senders.length))
  const isSame = readOnly.start === found.start && JSON.stringify(readOnly.senders) === expected
  return [...readOnly.faults, ...(isSame ? [] : ['a reader saw something else before recovery'])]
}

/**
 * Runs so many cycles, or for `seconds`, `jobs` at a time; `report(tally)` is called after each.
 *
 * @returns what was counted; `failures` has a sentence for each fault
 */
export async function runKills({ cycles, seconds, seed, jobs, lie, report = () => {} }) {
  const ends = performance.now() + seconds * 1000
  const isOver = () => started >= cycles || performance.now() >= ends
  const failures = []
  const tally = { cycles: 0, kills: 0, acknowledged: 0, lost: 0, wrong: 0, failedToReopen: 0 }
  let sites = 0
  let started = 0
  const runSite = async () => {
    const site = new Site(sites++, { seed, lie, tally })
    const lifetime = 1 + site.random(12)
    let wrong = []
    for (let i = 0; i < lifetime && !isOver() && wrong.length === 0; i++) {
      started++
      wrong = await site.cycle()
      tally.cycles++
      tally.wrong += wrong.length
      failures.push(...wrong.map((what) => `directory ${site.index}, cycle ${i}: ${what}`))
      report(tally)
    }
    const isKept = wrong.length > 0 && lie === undefined
    if (isKept) failures.push(`${site.root} is kept`)
    else rmSync(site.root, { recursive: true, force: true })
    roots.delete(site.root)
    return wrong.length > 0
  }
  let failed = 0
  const job = async () => {
    while (!isOver() && failed < enoughFailures) if (await runSite()) failed++
  }
  await Promise.all(Array.from({ length: jobs }, job))
  return { ...tally, directories: sites, failures }
}
