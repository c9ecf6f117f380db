// npm run bench: floors, peers and the engine side by side. See bench/README.md.
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { groups } from './groups/index.mjs'
import { environment } from './lib/environment.mjs'
import { PageReserve } from './lib/memory.mjs'
import { needs } from './lib/needs.mjs'
import { HEADING, line, rows, verdicts } from './lib/report.mjs'
import { runGroup } from './lib/runner.mjs'

const USAGE = `npm run bench -- [options]
  --full         every group, at full size (long)
  --smoke        every group once, tiny: does it run, is what was read back right
  --only TEXT    groups whose name contains TEXT (repeatable)
  --dir DIR      where the trials keep their files (default: bench/.data)
  --json         the report as JSON
  --save FILE    the report as text into FILE, too
  --gate         exit 1 when a ratio is below its floor
  --list         names the groups`

const { values: options } = parseArgs({
  options: {
    full: { type: 'boolean' },
    smoke: { type: 'boolean' },
    only: { type: 'string', multiple: true },
    dir: { type: 'string', default: fileURLToPath(new URL('.data', import.meta.url)) },
    json: { type: 'boolean' },
    save: { type: 'string' },
    gate: { type: 'boolean' },
    list: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  },
})

const RESERVE_BYTES = { smoke: 0, quick: 1.5 * 2 ** 30, full: 6 * 2 ** 30 }

/** @type {string[]} */
const report = []
const progress = (/** @type {string} */ text) => process.stderr.write(`${text}\n`)

process.exitCode = await main()

async function main() {
  if (options.help || options.list) {
    console.log(
      options.help ? USAGE : groups.map(({ name, title }) => `${name}: ${title}`).join('\n'),
    )
    return 0
  }
  const scale = options.smoke ? 'smoke' : options.full ? 'full' : 'quick'
  const chosen = groups.filter(
    ({ name, sizes }) =>
      sizes[scale] && (!options.only || options.only.some((text) => name.includes(text))),
  )
  if (chosen.length === 0) {
    progress(`no group is called that; npm run bench -- --list names them`)
    return 2
  }
  const root = join(options.dir, String(process.pid))
  const owned = !existsSync(options.dir)
  mkdirSync(root, { recursive: true })
  try {
    return await runAll(chosen, scale, root)
  } finally {
    rmSync(owned ? options.dir : root, { recursive: true, force: true })
  }
}

/**
 * @param {import('./lib/runner.mjs').Group[]} chosen
 * @param {import('./lib/runner.mjs').Scale} scale
 * @param {string} root
 */
async function runAll(chosen, scale, root) {
  const machine = environment(root)
  print(
    Object.entries(machine)
      .map(([name, value]) => `${name}: ${value}`)
      .join('\n'),
  )
  const reserve = new PageReserve(join(root, 'reserve'), RESERVE_BYTES[scale])
  progress(`touching ${reserve.bytes / 2 ** 20} MiB of page memory first`)
  reserve.fill()
  const unmet = needs(progress)
  const all = []
  for (const group of chosen) {
    const begun = performance.now()
    const results = await runGroup(group, { scale, root, reserve, unmet, progress })
    progress(`${group.name}: ${((performance.now() - begun) / 1000).toFixed(1)} s`)
    const table = results.flatMap(rows)
    const judged = scale === 'smoke' ? [] : verdicts(group.expect ?? [], table)
    print(`\n${group.name}: ${group.title}`)
    print(`  ${describe(group.sizes[scale])}`)
    for (const each of [HEADING, ...table.map(line), ...judged.map(({ text }) => `  ${text}`)])
      print(each)
    all.push({
      group: group.name,
      title: group.title,
      size: group.sizes[scale],
      rows: table,
      verdicts: judged,
    })
  }
  if (options.json)
    console.log(JSON.stringify({ environment: machine, scale, groups: all }, null, 2))
  if (options.save) writeFileSync(options.save, markdown(scale))
  return closing(all)
}

/**
 * @typedef {import('./lib/report.mjs').Row} Row
 * @typedef {import('./lib/report.mjs').Verdict} Verdict
 */

/** @param {{ rows: Row[], verdicts: Verdict[] }[]} all */
function closing(all) {
  const everything = all.flatMap(({ rows: each }) => each)
  const failed = everything.filter(({ error }) => error !== undefined)
  const skipped = everything.filter(({ skipped: reason }) => reason !== undefined)
  const below = all.flatMap(({ verdicts: each }) => each).filter(({ met }) => !met)
  progress(
    `\n${everything.length} measurements, ${skipped.length} skipped, ${below.length} below a floor`,
  )
  progress(`${everything.length - failed.length - skipped.length} passed, ${failed.length} failed`)
  return failed.length > 0 || (options.gate && below.length > 0) ? 1 : 0
}

/** @param {string} scale */
function markdown(scale) {
  const command = `npm run bench${scale === 'quick' ? '' : ` -- --${scale}`}`
  return `# Results\n\n\`${command}\` printed this; [README.md](README.md) says what is in a line.\n\n\`\`\`text\n${report.join('\n')}\n\`\`\`\n`
}

/** @param {string} text */
function print(text) {
  report.push(text)
  if (!options.json) console.log(text)
}

/** @param {Record<string, unknown> | null} size */
function describe(size) {
  return Object.entries(size ?? {})
    .map(
      ([name, value]) =>
        `${name} ${typeof value === 'number' ? value.toLocaleString('en') : value}`,
    )
    .join(', ')
}
