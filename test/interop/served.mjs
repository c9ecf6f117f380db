// `duramen serve` as a process of its own, on a free port, over a temporary directory.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { root } from '../../scripts/tools.mjs'

export async function startBroker() {
  const directory = mkdtempSync(join(tmpdir(), 'duramen-interop-'))
  const child = spawn(
    process.execPath,
    [
      ...['dist/cli/main.js', 'serve', '--json', '--listen', 'localhost:0', '--dir', directory],
      // The suites start some hundred groups, and each would wait 3 s for more members.
      ...['--set', 'group.initial.rebalance.delay.ms=0'],
    ],
    { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  const end = () => child.kill('SIGKILL')
  process.once('exit', end)
  child.once('exit', () => process.off('exit', end))
  const ended = once(child, 'close')
  const started = once(createInterface({ input: child.stdout }), 'line')
  const [line] = await Promise.race([started, ended])
  if (typeof line !== 'string') throw new Error(`the broker ended with code ${line}`)
  return {
    bootstrap: JSON.parse(line).bootstrapServers,
    async stop() {
      child.kill('SIGTERM')
      const [code] = await ended
      rmSync(directory, { recursive: true })
      return code
    },
  }
}
