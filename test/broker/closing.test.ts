import { expect, it, vi } from 'vitest'
import { handler, Later } from '../../src/broker/handler.js'
import type { BrokerOptions } from '../../src/broker/index.js'
import { apis } from '../../src/protocol/index.js'
import { startBroker } from '../support/brokers.js'
import { problemsTold, serve } from '../support/served.js'
import { WireClient } from '../support/wire-client.js'

const beat = { groupId: 'a', generationId: 1, memberId: '' }

async function connected(options: BrokerOptions, clients: number) {
  const broker = await startBroker(options)
  const connect = () => WireClient.connect(broker.endpoints[0].port)
  const all: WireClient[] = []
  // One after the other, so that it is known which is refused.
  for (let i = 0; i < clients; i++) {
    all.push(await connect())
    await vi.waitFor(() => {
      const { accepted, refused } = broker.metrics().connections
      expect(accepted + refused).toBe(i + 1)
    })
  }
  return { broker, all, connect }
}

const isServed = (client: WireClient) =>
  client.ask(apis.apiVersions, { clientSoftwareName: 'a', clientSoftwareVersion: '1' })

it('what waits is answered at once when the broker closes, and the connection then', async () => {
  const { connect, connections } = await serve([
    handler(apis.heartbeat, (_request, { signal }) => {
      const aborted = new Promise((resolve) => signal.addEventListener('abort', resolve))
      return new Later(aborted.then(() => ({ errorCode: 27 })))
    }),
  ])
  const client = await connect()
  const answer = client.ask(apis.heartbeat, beat)
  // Of a second client nothing is under way.
  const other = await connect()
  await isServed(other)
  for (const connection of connections) connection.finish()
  expect((await answer).errorCode).toBe(27)
  await Promise.all([client.closed, other.closed])
})

it('what ends with the reason of the signal is not answered', async () => {
  const { connect, connections, service } = await serve([
    handler(apis.heartbeat, async (_request, { signal }) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      throw signal.reason
    }),
  ])
  const client = await connect()
  const answer = client.ask(apis.heartbeat, beat)
  await isServed(await connect())
  for (const connection of connections) connection.finish()
  await expect(answer).rejects.toThrow(/closed/)
  expect(service.counts.of(apis.heartbeat).errors).toBe(0)
})

it('requests that come while the broker closes are not begun', async () => {
  let begun = 0
  let give = () => {}
  const { connect, connections } = await serve([
    handler(apis.heartbeat, () => {
      begun++
      return new Promise((resolve) => {
        give = () => resolve({ errorCode: 0 })
      })
    }),
  ])
  const client = await connect()
  const answers = [1, 2].map(() => client.ask(apis.heartbeat, beat))
  await vi.waitFor(() => expect(begun).toBe(1))
  connections[0].finish()
  give()
  expect((await answers[0]).errorCode).toBe(0)
  await expect(answers[1]).rejects.toThrow(/closed/)
  expect(begun).toBe(1)
})

it('an idle connection is closed, one that waits for its answer is not', async () => {
  let give = () => {}
  const { connect } = await serve(
    [
      handler(apis.heartbeat, () => {
        const answer = new Promise<void>((resolve) => {
          give = resolve
        })
        return new Later(answer.then(() => ({ errorCode: 0 })))
      }),
    ],
    { connectionsMaxIdleMs: 20 },
  )
  const client = await connect()
  const answer = client.ask(apis.heartbeat, beat)
  // Idle for as long, and begun later: twice.
  await (await connect()).closed
  await (await connect()).closed
  give()
  expect((await answer).errorCode).toBe(0)
  await client.closed
})

it('a client that does not take its answers is idle, also while it waits for others', async () => {
  const group = { groupId: 'x'.repeat(30_000), protocolType: '' }
  const large = { errorCode: 0, groups: Array.from({ length: 600 }, () => group) }
  const { connect, connections } = await serve(
    [
      handler(apis.listGroups, () => new Later(Promise.resolve(large))),
      handler(apis.heartbeat, () => new Later(new Promise<never>(() => {}))),
    ],
    { connectionsMaxIdleMs: 50 },
  )
  const client = await connect()
  client.socket.pause()
  client.tell(apis.listGroups, { statesFilter: [], typesFilter: [] })
  client.tell(apis.heartbeat, beat)
  await expect.poll(() => connections.length).toBe(1)
  await connections[0].closed
})

it('connections beyond the limit are closed, and told; who leaves makes room', async () => {
  const told = problemsTold()
  const { broker, all, connect } = await connected({ maxConnections: 2 }, 3)
  await all[2].closed
  expect(told.map(({ message }) => message)).toEqual([
    'connection of 127.0.0.1 refused: there are 2',
  ])
  expect(broker.metrics().connections).toMatchObject({ open: 2, accepted: 2, refused: 1 })
  all[0].socket.destroy()
  await vi.waitFor(() => expect(broker.metrics().connections.open).toBe(1))
  await isServed(await connect())
})

it('so are those of one address beyond its limit', async () => {
  const { all } = await connected({ maxConnectionsPerIp: 1 }, 2)
  await all[1].closed
  await isServed(all[0])
})

it('connections can be dropped, and requests refused, for tests of others', async () => {
  const { broker, all, connect } = await connected({}, 1)
  broker.dropConnections()
  await all[0].closed
  const client = await connect()
  broker.faults.refuse(apis.heartbeat, 16, 2)
  const codes: number[] = []
  for (let i = 0; i < 3; i++) codes.push((await client.ask(apis.heartbeat, beat)).errorCode)
  expect(codes).toEqual([16, 16, 25])
})

it('metrics count requests, errors, bytes and latencies by API', async () => {
  const { broker, all } = await connected({}, 1)
  for (let i = 0; i < 3; i++) await isServed(all[0])
  broker.faults.refuse(apis.heartbeat, 16, 1)
  await all[0].ask(apis.heartbeat, beat)
  const { bytesIn, bytesOut, requests, errors, apis: byName } = broker.metrics()
  expect([requests, errors]).toEqual([4, 1])
  expect(bytesIn).toBe(all[0].socket.bytesWritten)
  expect(bytesOut).toBe(all[0].socket.bytesRead)
  expect(byName.ApiVersions).toMatchObject({ requests: 3, errors: 0 })
  expect(byName.Heartbeat).toMatchObject({ requests: 1, errors: 1, latencyMs: { max: 0 } })
  const { p50, p99, max } = byName.ApiVersions.latencyMs
  expect(p50).toBeGreaterThan(0)
  expect(p99).toBeGreaterThanOrEqual(p50)
  expect(max).toBeGreaterThanOrEqual(p50)
})
