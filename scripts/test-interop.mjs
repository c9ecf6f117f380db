// Runs real Kafka clients against `duramen serve`, each installed by its own package manager:
// npm run test:interop [-- --only NAME]... [-- --from-npm] [-- --if-available] [-- --write]
// --bootstrap-server HOST:PORT asks another broker, such as Apache Kafka, the same.
// --write makes docs/compatibility.md of the results. Packages are fetched over the network.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { clients } from '../test/interop/clients.mjs'
import { compatibility } from '../test/interop/compatibility.mjs'
import { runClient } from '../test/interop/run-client.mjs'
import { startBroker } from '../test/interop/served.mjs'
import { fail, root, secondsSince } from './tools.mjs'

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    'from-npm': { type: 'boolean' },
    'if-available': { type: 'boolean' },
    'bootstrap-server': { type: 'string' },
    write: { type: 'boolean' },
  },
})
if (options.write && (options.only.length > 0 || options['from-npm'])) {
  fail('--write makes the document of all clients: leave out --only and --from-npm')
}
const unknown = options.only.find((name) => !clients.some((client) => client.name === name))
if (unknown !== undefined) {
  fail(`no client is called ${unknown}; there are ${clients.map(({ name }) => name).join(', ')}`)
}
const chosen = clients
  .filter(({ fromNpm }) => fromNpm || !options['from-npm'])
  .filter(({ name }) => options.only.length === 0 || options.only.includes(name))

const started = performance.now()

/** What a client did, or why it was left out. */
async function tried(client, bootstrap) {
  const { name, language } = client
  const leftOut = (reason) => ({ name, language, version: '', leftOut: reason })
  const missing = client.missing()
  if (missing !== undefined) return leftOut(`that takes ${missing}`)
  try {
    const command = client.command()
    const start = performance.now()
    const outcome = await runClient(command, bootstrap)
    return { name, language, version: client.version(), took: secondsSince(start), ...outcome }
  } catch (error) {
    return leftOut(error.message)
  }
}

function report({ name, version, leftOut, results, errors, took }) {
  if (leftOut !== undefined) {
    console.log(`interop: LEFT OUT: ${name}: ${leftOut}`)
    return
  }
  for (const answer of results) console.log(JSON.stringify({ client: name, version, ...answer }))
  const failed = results.filter(({ result }) => result === 'fails').length
  const works = results.filter(({ result }) => result === 'works').length
  console.log(`interop: ${name} ${version}: ${works} work, ${failed} fail (${took})`)
  if (failed > 0) console.log(errors.join('\n').replace(/^/gm, '  '))
}

// What was started ends with this program, whose time may be limited.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1))

const broker = options['bootstrap-server'] === undefined ? await startBroker() : undefined
const bootstrap = options['bootstrap-server'] ?? broker.bootstrap
const outcomes = []
for (const client of chosen) {
  const outcome = await tried(client, bootstrap)
  report(outcome)
  outcomes.push(outcome)
}
const code = (await broker?.stop()) ?? 0
if (code !== 0) console.log(`interop: the broker ended with code ${code}`)

const ran = outcomes.filter(({ results }) => results !== undefined)
const failed = ran.flatMap(({ results }) => results).filter(({ result }) => result === 'fails')
const leftOut = outcomes.length - ran.length
if (options.write) writeFileSync(join(root, 'docs/compatibility.md'), compatibility(outcomes))
console.log(
  `interop: ${ran.length} clients ran, ${failed.length} features failed, ${leftOut} clients left out (${secondsSince(started)})`,
)
const complete = leftOut === 0 || options['if-available']
process.exit(failed.length === 0 && complete && code === 0 ? 0 : 1)
