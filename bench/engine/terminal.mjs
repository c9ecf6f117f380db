// produce --file and consume at the terminal, beside cp of the same file.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { closeSync, createReadStream, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { randomBytes } from '../lib/data.mjs'
import { CLI } from '../lib/needs.mjs'

/** @typedef {{ file: string, data: string, copy: string }} Paths */

/** @typedef {(paths: Paths) => string[]} Command */

/** @type {Record<string, { before?: Command, timed: Command }>} */
const VERBS = {
  cp: { timed: ({ file, copy }) => ['cp', file, copy] },
  produce: { timed: produce },
  consume: { before: produce, timed: consume },
}

/**
 * Params: `verb`, `bytes` of the file of lines.
 * @type {import('../lib/trial.mjs').Case}
 */
export async function run(trial) {
  const { verb, bytes } = trial.params
  const paths = {
    file: join(trial.directory, 'lines'),
    data: join(trial.directory, 'data'),
    copy: join(trial.directory, 'copy'),
  }
  const lines = writeLines(paths.file, bytes)
  const { before, timed } = VERBS[verb]
  if (before) await command(before(paths))
  await trial.pages(2 * bytes)
  await trial.span(() => command(timed(paths)))
  await trial.done({ records: lines.count, bytes: lines.bytes })
  if (verb !== 'cp')
    trial.same('digest of the lines', await digestOf(consume(paths)), await fileDigest(paths.file))
}

/** @param {Paths} paths */
function produce({ file, data }) {
  return [process.execPath, CLI, 'produce', 'lines', '--dir', data, '--file', file, '--flush', 'os']
}

/** @param {Paths} paths */
function consume({ data }) {
  return [process.execPath, CLI, 'consume', 'lines', '--dir', data, '--from-beginning']
}

/**
 * Lines of 60 to 140 bytes.
 * @param {string} path
 * @param {number} bytes
 */
function writeLines(path, bytes) {
  const random = randomBytes(4096)
  let block = ''
  let count = 0
  for (let i = 0; block.length < 1 << 20; i++, count++) {
    const line = `10.0.${random[i % 4096]}.7 - - "GET /item/${i} HTTP/1.1" 200 ${i * 31} "`
    block += `${line}${'x'.repeat(60 + (random[(i * 7) % 4096] % 80) - 40)}"\n`
  }
  const file = openSync(path, 'w')
  const blocks = Math.max(1, Math.floor(bytes / block.length))
  for (let i = 0; i < blocks; i++) writeSync(file, block)
  closeSync(file)
  return { count: count * blocks, bytes: block.length * blocks }
}

/**
 * @param {string[]} command
 * @param {import('node:child_process').StdioOptions} [stdio]
 */
function start([program, ...args], stdio = ['ignore', 'ignore', 'pipe']) {
  const child = spawn(/** @type {string} */ (program), args, { stdio })
  let said = ''
  child.stderr?.on('data', (chunk) => {
    said = `${said}${chunk}`.slice(-2000)
  })
  const ended = new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) =>
      code === 0
        ? resolve(undefined)
        : reject(new Error(`${args.join(' ')} exited ${code}: ${said}`)),
    )
  })
  return { child, ended }
}

/** @param {string[]} args */
async function command(args) {
  await start(args).ended
}

/** @param {string[]} args */
async function digestOf(args) {
  const hash = createHash('sha256')
  const { child, ended } = start(args, ['ignore', 'pipe', 'pipe'])
  child.stdout?.on('data', (chunk) => hash.update(chunk))
  await ended
  return hash.digest('hex')
}

/** @param {string} path */
async function fileDigest(path) {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk)
  return hash.digest('hex')
}
