// Repairs a directory, and dies just before a call that changes a name or makes a file: the one with
// the number given. Ends with the exit code of repair where there are fewer.
import { createRequire, syncBuiltinESMExports } from 'node:module'

const [, , number, directory] = process.argv
const promises = createRequire(import.meta.url)('node:fs/promises')
let left = Number(number)

for (const name of ['rename', 'link', 'open']) {
  const real = promises[name]
  promises[name] = (...args) => {
    const changes = name !== 'open' || args[1] === 'w'
    if (changes && left-- === 0) process.kill(process.pid, 'SIGKILL')
    return real(...args)
  }
}
syncBuiltinESMExports()
const { run } = await import('../../dist/cli/run.js')
await run(['repair', directory])
