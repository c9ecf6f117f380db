// Cuts the power of a disk under processes that append to logs, over and over, and looks at what is
// there after the restart.
import { execFile } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { numbers, pick } from '../support/random.mjs'
import { Ledger } from './ledger.mjs'
import { anyOptions, windows } from './options.mjs'
import { anyMoment, WriterProcess, whileOpening } from './writer-process.mjs'

const visitor = join(import.meta.dirname, 'visitor.mjs')
const run = promisify(execFile)

/** Policies of the logs in one process: two times in five all are of the promise that counts. */
const policies = ['sync', 'sync', 'os', 'window', 'mixed']
const lifetime = 8

function optionsUnder(policy, random) {
  if (policy === 'mixed') return anyOptions(random)
  return anyOptions(random, policy === 'window' ? pick(random, windows) : policy)
}

/** The logs on one disk; they live through several cuts, so that recoveries stack. */
class Logs {
  #generation = 0

  constructor(disk, index, { random, lie, tally }) {
    Object.assign(this, { disk, random, lie, tally })
    this.root = join(disk.root, `data-${index}`)
    mkdirSync(this.root)
    const count = 1 + random(3)
    this.directories = Array.from({ length: count }, (_, i) => join(this.root, `clicks-${i}`))
    this.ledgers = this.directories.map(() => new Ledger())
    if (random(2) === 0) writeFileSync(join(this.root, 'meta.properties'), 'version=1\n')
    for (const directory of this.directories) mkdirSync(directory)
  }

  /** Power goes while a process appends, and maybe again while the next one opens; all is compared. */
  async cycle() {
    const { random } = this
    const policy = this.lie ? 'os' : pick(random, policies)
    const wrong = await this.#cut(policy, anyMoment(random))
    while (!this.lie && random(3) === 0)
      wrong.push(...(await this.#cut(policy, whileOpening(random))))
    for (const index of this.directories.keys()) wrong.push(...(await this.#visit(index, policy)))
    return wrong.map((what) => `policy ${policy}: ${what}`)
  }

  async #cut(policy, moment) {
    const { disk, random, lie, ledgers } = this
    const generation = ++this.#generation
    const logs = this.directories.map((directory) => {
      return { directory, options: optionsUnder(policy, random) }
    })
    const power = await disk.armed()
    const writer = new WriterProcess(
      { logs, generation, seed: random(2 ** 31), lie },
      (letter, log, rest) => ledgers[log].take(letter, rest, generation),
    )
    let cut
    const fault = await writer.run(moment, () => {
      // What is acknowledged from here on has to be durable as well; then the machine is gone.
      cut = power.cut().finally(() => writer.kill())
    })
    await (cut ?? power.disarm())
    if (fault !== undefined) return [fault]
    disk.restart()
    for (const ledger of ledgers) ledger.losePower()
    this.tally.cuts++
    return []
  }

  async #visit(index, policy) {
    const { random, tally } = this
    const [directory, ledger] = [this.directories[index], this.ledgers[index]]
    const options = optionsUnder(this.lie ? 'sync' : policy, random)
    const generation = ++this.#generation
    try {
      const command = [visitor, directory, JSON.stringify(options), String(generation)]
      const { stdout } = await run(process.execPath, command, { maxBuffer: 1 << 28 })
      const found = JSON.parse(stdout)
      const { lost, taken, wrong } = ledger.compare(found)
      tally.acknowledged += ledger.acknowledged
      tally.lost += lost
      tally.taken += taken
      ledger.acknowledged = 0
      ledger.take('s', [found.end, 1, 0], generation)
      return lost > 0 ? [`${directory}: ${lost} records are lost`, ...wrong] : wrong
    } catch (error) {
      tally.failedToReopen++
      return [`${directory} with ${JSON.stringify(options)}: ${error.stderr ?? error.stack}`]
    }
  }
}

/**
 * Cuts until there were so many; `report(tally)` is called after each cycle. With `lie` the writers
 * call durable what is in the page cache, and it ends at the first record that is lost.
 *
 * @returns what was counted; `failures` has a sentence for each fault
 */
export async function runCuts(disk, { cuts, seed, lie, report = () => {} }) {
  const tally = { cuts: 0, acknowledged: 0, lost: 0, taken: 0, wrong: 0, failedToReopen: 0 }
  const random = numbers(seed)
  const failures = []
  for (let site = 0; tally.cuts < cuts && failures.length === 0; site++) {
    const logs = new Logs(disk, site, { random, lie, tally })
    for (let i = 0; i < lifetime && tally.cuts < cuts && failures.length === 0; i++) {
      const wrong = await logs.cycle()
      failures.push(...wrong.map((what) => `after ${tally.cuts} cuts: ${what}`))
      tally.wrong = failures.length
      report(tally)
    }
    if (failures.length === 0) rmSync(logs.root, { recursive: true })
  }
  return { ...tally, failures }
}
