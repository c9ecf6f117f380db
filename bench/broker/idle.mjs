// What connections and partitions cost a broker that has nothing to do.
import { once } from 'node:events'
import { connect } from 'node:net'
import { anonymousBytes } from '../lib/memory.mjs'
import { apply } from './loads.mjs'
import { makeTopic, removeTopic } from './topics.mjs'

const connections = 1000
const partitions = 1000

/**
 * Anonymous memory of the broker with a thousand connections, and a thousand partitions that were
 * written to.
 * @param {import('./brokers.mjs').RunningBroker} broker
 * @returns {Promise<number>} bytes
 */
export async function idleBytes({ address, pid }) {
  const topic = await makeTopic(address, partitions)
  const load = /** @type {const} */ ({
    does: 'produce',
    client: 'librdkafka',
    records: 20 * partitions,
    recordBytes: 100,
    spread: true,
  })
  await apply(load, address, topic)
  const [host, port] = address.split(':')
  const sockets = Array.from({ length: connections }, () => connect(Number(port), host))
  await Promise.all(sockets.map((socket) => once(socket, 'connect')))
  const bytes = anonymousBytes(pid) ?? Number.NaN
  for (const socket of sockets) socket.destroy()
  await removeTopic(address, topic)
  return bytes
}
