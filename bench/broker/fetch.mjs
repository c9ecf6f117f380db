// A log in memory, sent over loopback to a client in another process: by the broker, in answers of
// 1 MiB, or the same bytes by nothing but socket.write. What counts is this process's CPU.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { open } from 'duramen'
import { Broker } from 'duramen/broker'
import { readyBatches } from '../engine/log.mjs'

const PIECE = 1 << 20
/** Of the bare loop, over and over: more than fits the processor's caches. */
const BARE_BYTES = 128 << 20

/**
 * Params: `way` ('fetch' or 'write'), `bytes`.
 * @type {import('../lib/trial.mjs').Case}
 */
export async function run(trial) {
  const { way } = trial.params
  const { batches, records } = readyBatches(64 << 10)
  const bytes = Math.floor(trial.params.bytes / batches[0].length) * batches[0].length
  const serve = way === 'fetch' ? serveLog : serveBytes
  const { port, close } = await serve(trial.directory, batches, bytes)
  const client = fork(new URL('fetch-client.mjs', import.meta.url), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const batch = { size: batches[0].length, records }
  const pass = async () => {
    client.send({ way, port, bytes, piece: PIECE, batch })
    const [received] = await once(client, 'message')
    return received
  }
  await pass() // warm: compiled code, mapped pages
  const received = await trial.span(pass)
  await trial.done({ records: (bytes / batch.size) * records, bytes })
  trial.same('bytes received', received, bytes)
  client.disconnect()
  await close()
}

/** @typedef {(directory: string, batches: Buffer[], bytes: number) => Promise<{ port: number, close: () => Promise<void> }>} Serve */

/** @type {Serve} */
async function serveLog(directory, batches, bytes) {
  const engine = await open(directory, { flush: 'os' })
  await engine.createTopic('clicks')
  const log = await engine.log('clicks', 0)
  for (let i = 0; i * batches[0].length < bytes; i++) log.appendSync(batches[i % batches.length])
  const broker = await Broker.start(engine, { listeners: 'PLAINTEXT://127.0.0.1:0' })
  const close = async () => {
    await broker.close()
    await engine.close()
  }
  return { port: broker.endpoints[0].port, close }
}

/** @type {Serve} */
async function serveBytes(_directory, batches, bytes) {
  const memory = Buffer.alloc(BARE_BYTES)
  for (let at = 0, i = 0; at < memory.length; i++)
    at += batches[i % batches.length].copy(memory, at)
  const server = createServer({ noDelay: true }, (socket) => {
    let sent = 0
    const next = () => {
      if (sent >= bytes) return
      const at = sent % BARE_BYTES
      const piece = memory.subarray(at, Math.min(at + PIECE, at + bytes - sent))
      sent += piece.length
      socket.write(piece, next)
    }
    next()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  return { port, close: async () => void server.close() }
}
