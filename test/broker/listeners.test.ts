import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import { expect, it } from 'vitest'
import { parseListeners } from '../../src/broker/listeners.js'
import { apis } from '../../src/protocol/index.js'
import { startBroker } from '../support/brokers.js'
import { dataDirectory, openEngine } from '../support/engines.js'
import { codeOf } from '../support/logs.js'
import { problemsTold } from '../support/served.js'
import { WireClient } from '../support/wire-client.js'

const hasIpv6 = Object.values(networkInterfaces())
  .flat()
  .some((one) => one?.address === '::1')
const loopbacks = ['127.0.0.1', ...(hasIpv6 ? ['::1'] : [])]

function canConnect(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host)
    const end = (yes: boolean) => {
      socket.destroy()
      resolve(yes)
    }
    socket.once('connect', () => end(true)).once('error', () => end(false))
  })
}

it.each([
  ['localhost:9092', [{ name: 'PLAINTEXT', host: 'localhost', port: 9092 }]],
  ['PLAINTEXT://:0', [{ name: 'PLAINTEXT', host: '', port: 0 }]],
  [
    'plaintext://[::1]:1, INTERNAL://a-b.example:65535',
    [
      { name: 'PLAINTEXT', host: '::1', port: 1 },
      { name: 'INTERNAL', host: 'a-b.example', port: 65535 },
    ],
  ],
])('%s is read', (text, listeners) => {
  expect(parseListeners('listeners', text)).toEqual(listeners)
})

it.each([
  '',
  'localhost',
  ':65536',
  '::1:9092',
  'a b:1',
  'SSL://localhost:1',
  'A://B://c:1',
  'a:1,',
])('%j is refused by name', (text) => {
  expect(() => parseListeners('listeners', text)).toThrow(/^listeners has '/)
})

it('localhost is both loopback addresses on one port', async () => {
  const broker = await startBroker({ listeners: 'localhost:0' })
  const [{ host, port }] = broker.endpoints
  expect(host).toBe('localhost')
  for (const address of loopbacks) expect(await canConnect(address, port)).toBe(true)
})

it('each listener has a port of its own, and the advertised address of its name', async () => {
  const broker = await startBroker({
    listeners: 'A://127.0.0.1:0,B://127.0.0.1:0',
    advertisedListeners: 'B://kafka.example:0,A://127.0.0.1:19092',
  })
  const [a, b] = broker.endpoints
  expect(a).toEqual({ host: '127.0.0.1', port: 19092 })
  expect(b.host).toBe('kafka.example')
  expect(await canConnect('127.0.0.1', b.port)).toBe(true)
})

it('an advertised address of a name that no listener has is refused', async () => {
  const engine = await openEngine()
  const options = { listeners: 'A://127.0.0.1:0', advertisedListeners: 'a://x:1,B://y:2' }
  await expect(startBroker(options, engine)).rejects.toMatchObject({
    code: 'ERR_INVALID_OPTION',
    message: "advertisedListeners has 'B'; it must be of a name that listeners has: A",
  })
})

it('who listens at every address advertises the one that the client came to', async () => {
  const told = problemsTold()
  const broker = await startBroker({ listeners: ':0' })
  const [{ host, port }] = broker.endpoints
  expect(host).toBe('localhost')
  for (const address of loopbacks) {
    const client = await WireClient.connect(port, address)
    const { brokers } = await client.ask(apis.metadata, { topics: [] })
    expect(brokers).toMatchObject([{ nodeId: 1, host: address, port }])
  }
  const bad = await WireClient.connect(port)
  bad.socket.write(Buffer.alloc(4, 0xff))
  await bad.closed
  // Not the address of IPv6 that it came with.
  expect(told[0].message).toMatch(/^connection of 127\.0\.0\.1:\d+ closed/)
})

it('a port that is taken is an error that says so, and leaves nothing open', async () => {
  const engine = await openEngine()
  const { endpoints } = await startBroker({ listeners: '127.0.0.1:0' }, engine)
  const listeners = `A://127.0.0.1:0,B://127.0.0.1:${endpoints[0].port}`
  expect(await codeOf(() => startBroker({ listeners }, engine))).toBe('ERR_LISTEN')
})

it('a host that is none of this machine is refused', async () => {
  expect(await codeOf(() => startBroker({ listeners: '192.0.2.1:0' }))).toBe('ERR_LISTEN')
})

it('the ids of cluster and node are those of the directory, also after a restart', async () => {
  const directory = dataDirectory()
  const engine = await openEngine(directory)
  const { clusterId, nodeId } = await startBroker({}, engine)
  await engine.close()
  const again = await startBroker({}, await openEngine(directory))
  expect(again.clusterId).toBe(clusterId)
  expect(clusterId).toMatch(/^[\w-]{22}$/)
  expect([nodeId, again.nodeId]).toEqual([1, 1])
})

it('a broker that is closed lets go of its port, and closes once', async () => {
  const broker = await startBroker()
  const [{ port }] = broker.endpoints
  const client = await WireClient.connect(port)
  await client.ask(apis.apiVersions, { clientSoftwareName: 'a', clientSoftwareVersion: '1' })
  await Promise.all([broker.close(), broker.close()])
  await client.closed
  expect(await canConnect('127.0.0.1', port)).toBe(false)
})
