// Another client of cold.mjs: asks the smallest question there is, a thousand times a second at most.
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { apis, encodeRequest } from '../../dist/protocol/index.js'
import { percentiles } from '../lib/stats.mjs'

const VERSION = 0
const WARM = 200

const question = Buffer.concat(
  /** @type {Buffer[]} */ (encodeRequest(apis.apiVersions, VERSION, 0, 'bench', {})),
)

let isOver = false
const [{ port }] = await once(process, 'message')
process.once('message', () => {
  isOver = true
})
const socket = connect(port, '127.0.0.1')
socket.setNoDelay(true)
await once(socket, 'connect')

/** An answer is small enough to come in one piece. */
async function ping() {
  const begun = performance.now()
  socket.write(question)
  await once(socket, 'data')
  return performance.now() - begun
}

for (let i = 0; i < WARM; i++) await ping()
process.send?.('warm')
const laps = []
while (!isOver) {
  laps.push(await ping())
  await pause(1)
}
socket.destroy()
process.send?.({ count: laps.length, latency: percentiles(laps) })
process.disconnect()
