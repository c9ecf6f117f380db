import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')

/** A program without a file, of which the package is in reach; it has to end by itself. */
function run(type: 'commonjs' | 'module', program: string) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [`--input-type=${type}`, '--eval', program],
    { cwd: root, encoding: 'utf8', timeout: 20_000 },
  )
  return { status, stdout, stderr }
}

const body = `
  const broker = await startTestBroker({ topics: ['clicks'] })
  await broker.engine.producer().send('clicks', { value: 'one' })
  await broker.engine.groups()
  await broker.close()
  console.log(broker.brokers.length)`

it.each([
  ['module', `import { startTestBroker } from 'duramen/testing'\n${body}`],
  [
    'commonjs',
    `const { startTestBroker } = require('duramen/testing')\nvoid (async () => {${body}})()`,
  ],
] as const)('a %s starts and closes a broker, and nothing keeps it alive', (type, program) => {
  expect(run(type, program)).toEqual({ status: 0, stdout: '1\n', stderr: '' })
})
