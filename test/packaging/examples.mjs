// Runs every program in examples/ of the package, each in a process of its own. A program, so that it
// runs in any project and on any Node: node examples.mjs
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const timeLimitMs = 60_000
const folder = join(dirname(fileURLToPath(import.meta.resolve('duramen/package.json'))), 'examples')
const names = readdirSync(folder).filter((name) => name.endsWith('.mjs'))
const failed = names.filter((name) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(folder, name)], {
    encoding: 'utf8',
    timeout: timeLimitMs,
    killSignal: 'SIGKILL',
  })
  console.log(`${name}: exit code ${status}\n${stdout}${stderr}`)
  return status !== 0
})
console.log(`Node ${process.version}: ${names.length} examples, ${failed.length} failed`)
process.exitCode = failed.length === 0 && names.length > 0 ? 0 : 1
