// Runs the examples of the documentation, in order, in one empty folder: every `js` block as a program
// of its own, and the `duramen` lines of every `sh` block. A program, so that it runs in any project
// and on any Node: node readme.mjs [FILE...]. Without files: README and docs/ of the package.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { basename, delimiter, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const timeLimitMs = 20_000

/** What the examples take for granted. */
const inputs = {
  'access.log': 'GET /\nGET /cart\n'.repeat(20),
  'users.txt': 'u-17=Ada\nu-18=Grace\n',
  'app.log': 'k1 first\nk2 second\n',
}

/** What would never end, and how the same ends. */
const endings = [
  [/\btail -F\b/, 'cat'],
  [/ --follow\b/, ' --follow --max-records 5'],
]

const packageFolder = dirname(fileURLToPath(import.meta.resolve('duramen/package.json')))

function documents() {
  const folder = join(packageFolder, 'docs')
  const names = existsSync(folder) ? readdirSync(folder) : []
  const docs = names.filter((name) => name.endsWith('.md')).sort()
  return [join(packageFolder, 'README.md'), ...docs.map((name) => join(folder, name))]
}

/** Language, text and first line of each fenced block. */
function blocksOf(markdown) {
  return [...markdown.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map((match) => ({
    language: match[1],
    text: match[2],
    line: markdown.slice(0, match.index).split('\n').length + 1,
  }))
}

/** Where the examples take a broker to be. */
const usualBroker = /(?<=--bootstrap-server )localhost:9092\b/

/** What is run of a document: name and command line of each. */
function examplesOf(path, folder, broker) {
  const name = basename(path)
  return blocksOf(readFileSync(path, 'utf8')).flatMap(({ language, text, line }) => {
    if (language === 'js') {
      const file = join(folder, `${name}-${line}.mjs`)
      writeFileSync(file, text)
      return [{ name: `${name}:${line}`, command: [process.execPath, file] }]
    }
    if (language !== 'sh') return []
    return text.split('\n').flatMap((command, index) => {
      if (!/(^|\| )duramen /.test(command)) return []
      const ending = endings.reduce((so, [pattern, other]) => so.replace(pattern, other), command)
      const script = `set -o pipefail; ${ending.replace(usualBroker, broker)}`
      return [{ name: `${name}:${line + index}: ${ending}`, command: ['bash', '-c', script] }]
    })
  })
}

/** A folder in which `duramen` is a command. */
function makeCommand(folder) {
  const main = join(packageFolder, 'dist/cli/main.js')
  mkdirSync(folder)
  writeFileSync(join(folder, 'duramen'), `#!/bin/sh\nexec "${process.execPath}" "${main}" "$@"\n`, {
    mode: 0o755,
  })
  return folder
}

/** What the broker of the examples has, before it is started. */
const brokerHas = [
  'duramen produce clicks --file access.log --dir at-broker',
  'duramen consume clicks --group billing --max-records 10 --dir at-broker > /dev/null',
]

/** A broker on a port of its own, and where it is. */
async function startBroker(cwd, env) {
  for (const command of brokerHas) spawnSync('bash', ['-c', command], { cwd, env })
  const args = ['serve', '--dir', 'at-broker', '--listen', '127.0.0.1:0', '--json']
  const child = spawn('duramen', args, { cwd, env, stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = await once(child.stdout, 'data')
  return { child, address: JSON.parse(line).bootstrapServers }
}

function succeeds({ name, command: [program, ...args] }, cwd, path) {
  const { status, error, stdout, stderr } = spawnSync(program, args, {
    cwd,
    env: { ...process.env, PATH: path },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: timeLimitMs,
    killSignal: 'SIGKILL',
  })
  if (status === 0) return true
  console.error(`${name}: ${error?.message ?? `exit code ${status}`}\n${stdout}${stderr}`)
  return false
}

// Where `duramen` resolves: in the package itself, or in a project that has installed it.
mkdirSync('.cache', { recursive: true })
const scratch = mkdtempSync(resolve('.cache/readme-'))
let broker
try {
  const folder = join(scratch, 'run')
  mkdirSync(folder)
  for (const [name, text] of Object.entries(inputs)) writeFileSync(join(folder, name), text)
  const path = `${makeCommand(join(scratch, 'bin'))}${delimiter}${process.env.PATH}`
  broker = await startBroker(folder, { ...process.env, PATH: path })
  const given = process.argv.slice(2)
  const paths = given.length > 0 ? given : documents()
  const examples = paths.flatMap((document) => examplesOf(document, scratch, broker.address))
  const failed = examples.filter((example) => !succeeds(example, folder, path))
  console.log(`Node ${process.version}: ${examples.length} examples, ${failed.length} failed`)
  process.exitCode = failed.length === 0 && examples.length > 0 ? 0 : 1
} finally {
  if (broker?.child.kill()) await once(broker.child, 'exit')
  rmSync(scratch, { recursive: true })
}
