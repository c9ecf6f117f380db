import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, it } from 'vitest'

const program = join(import.meta.dirname, '../../scripts/test-crash.mjs')

/** Runs `npm run test:crash`, shorter. */
async function campaign(...args: string[]) {
  const child = spawn(process.execPath, [program, '--json', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = Promise.all([text(child.stdout), text(child.stderr)])
  const [code] = await once(child, 'exit')
  const [result, story] = await output
  expect(result, story).not.toBe('')
  return { code, story, ...JSON.parse(result) }
}

it('no acknowledged record is lost in 30 cycles of kills', { timeout: 120_000 }, async () => {
  const { code, story, ...found } = await campaign('--cycles', '30')
  expect(found, story).toMatchObject({ cycles: 30, lost: 0, wrong: 0, failedToReopen: 0 })
  expect(code, story).toBe(0)
  expect(found.acknowledged).toBeGreaterThan(400)
})

it('an engine killed in the middle of everything has its topics, records and committed offsets again', {
  timeout: 120_000,
}, async () => {
  const { code, story, ...found } = await campaign('--engine', '--cycles', '8')
  expect(found, story).toMatchObject({ cycles: 8, failures: [] })
  expect(code, story).toBe(0)
  expect(found.acknowledged).toBeGreaterThan(200)
})

it('a writer that acknowledges too early is found', { timeout: 120_000 }, async () => {
  const { code, story, lost } = await campaign('--cycles', '10', '--lie')
  expect(lost, story).toBeGreaterThan(0)
  expect(code, story).toBe(1)
})
