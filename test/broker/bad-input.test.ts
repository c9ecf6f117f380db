import { expect, it, vi } from 'vitest'
import type { Broker } from '../../src/broker/index.js'
import { apis, encodeRequest } from '../../src/protocol/index.js'
import { startBroker } from '../support/brokers.js'
import { openEngine } from '../support/engines.js'
import { numbers } from '../support/random.mjs'
import { problemsTold } from '../support/served.js'
import { WireClient } from '../support/wire-client.js'

const connect = (broker: Broker) => WireClient.connect(broker.endpoints[0].port)

const version = { clientSoftwareName: 'a', clientSoftwareVersion: '1' }

async function isServed(client: WireClient): Promise<void> {
  expect((await client.ask(apis.apiVersions, version)).errorCode).toBe(0)
}

function framed(...bytes: number[]): Buffer {
  return Buffer.from([0, 0, 0, bytes.length, ...bytes])
}

/** Of a request: key, version, correlation id, client id `a`. */
const head = (key: number, of: number) => [0, key, 0, of, 0, 0, 0, 1, 0, 1, 97]

const tlsHello = Buffer.from('16030100f8010000f4030361c5', 'hex')

it.each<[string, Buffer, RegExp]>([
  ['a request of 2 GB by its length', Buffer.from([0x7f, 0xff, 0xff, 0xff]), /2147483647 bytes/],
  ['a negative length', Buffer.from([0xff, 0xff, 0xff, 0xfe]), /-2 bytes/],
  ['HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'), /looks like HTTP/],
  ['TLS', tlsHello, /looks like TLS/],
  ['an empty frame', framed(), /0 there are/],
  ['half a header', framed(0, 18, 0, 0), /do not fit/],
  ['an unknown API', framed(...head(99, 0)), /there is no API 99/],
  ['an API of brokers among themselves', framed(...head(4, 0)), /there is no API 4/],
  ['an unknown version', framed(...head(3, 99)), /Metadata has no version 99/],
  ['a negative version', framed(0, 3, 0xff, 0xff, 0, 0, 0, 1), /Metadata has no version -1/],
  ['a client id beyond the frame', framed(0, 3, 0, 0, 0, 0, 0, 1, 0x7f, 0xff), /do not fit/],
  ['a list of -2', framed(...head(3, 0), 0xff, 0xff, 0xff, 0xfe), /array of -2 items/],
  ['a list of 2^31', framed(...head(3, 0), 0x7f, 0xff, 0xff, 0xff), /array of 2147483647 items/],
  ['a compact list', framed(...head(3, 9), 0, 0xff, 0xff, 0xff, 0xff, 0x0f), /array of \d+ items/],
  [
    'a varint without end',
    framed(...head(3, 9), 0, ...Array(9).fill(0xff)),
    /more than five bytes/,
  ],
  ['tags that are more than fit', framed(...head(3, 9), 0xff, 0x7f), /do not fit/],
])('%s closes the connection with one line; others are served', async (_what, bytes, message) => {
  const told = problemsTold()
  const broker = await startBroker()
  const [sound, bad] = [await connect(broker), await connect(broker)]
  bad.socket.write(bytes)
  await bad.closed
  await isServed(sound)
  expect(told).toEqual([{ message: expect.stringMatching(message), error: undefined }])
  expect(told[0].message).toMatch(/^connection of 127\.0\.0\.1:\d+ closed: /)
  expect(broker.metrics().connections).toMatchObject({ open: 1, dropped: 1 })
})

it('a frame that is longer than its request is one of a newer client, and answered', async () => {
  const broker = await startBroker()
  const client = await connect(broker)
  client.socket.write(framed(...head(18, 0), 1, 2, 3))
  expect((await client.frame()).readInt16BE(4)).toBe(0)
})

it('answers that were given go out before the connection is closed', async () => {
  const broker = await startBroker()
  const client = await connect(broker)
  client.socket.write(Buffer.concat([framed(...head(18, 0)), framed(...head(99, 0))]))
  expect((await client.frame()).readInt32BE(0)).toBe(1)
  await client.closed
})

it('of random bytes in the hundreds ten lines are told, and everybody else is served', async () => {
  const told = problemsTold()
  const broker = await startBroker()
  const sound = await connect(broker)
  const random = numbers(1)
  for (let i = 0; i < 200; i++) {
    const bad = await connect(broker)
    const bytes = Buffer.from(Array.from({ length: 1 + random(200) }, () => random(256)))
    bad.socket.end(bytes)
    await bad.closed
    await isServed(sound)
  }
  expect(told).toHaveLength(10)
  await vi.waitFor(() => expect(broker.metrics().connections.open).toBe(1))
})

it('a client that is killed in mid-request leaves nothing', async () => {
  const broker = await startBroker()
  const sound = await connect(broker)
  const request = Buffer.concat(
    encodeRequest(apis.apiVersions, 3, 1, 'a', version) as readonly Buffer[],
  )
  for (let at = 0; at < request.length; at++) {
    const client = await connect(broker)
    client.socket.write(request.subarray(0, at))
    await isServed(sound)
    if (at % 2 === 0) await client.die()
    else client.socket.end()
    await client.closed
  }
  await vi.waitFor(() => expect(broker.metrics().connections.open).toBe(1))
  await isServed(sound)
})

it('a large request that was announced takes memory as it comes', async () => {
  const broker = await startBroker()
  const before = process.memoryUsage().arrayBuffers
  const clients = await Promise.all(Array.from({ length: 50 }, () => connect(broker)))
  const announced = Buffer.alloc(104)
  announced.writeInt32BE(100_000_000)
  for (const { socket } of clients) socket.write(announced)
  await vi.waitFor(() => expect(broker.metrics().bytesIn).toBe(50 * announced.length))
  // 5 GB were announced.
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20_000_000)
})

it('ten thousand topics are asked for at once, and a list of a million is refused', async () => {
  const told = problemsTold()
  const engine = await openEngine()
  await engine.createTopic('there')
  const broker = await startBroker({ autoCreateTopics: false }, engine)
  const [client, other] = [await connect(broker), await connect(broker)]
  const topics = Array.from({ length: 10_000 }, (_, i) => ({ name: i === 7 ? 'there' : `t-${i}` }))
  const ask = { topics, allowAutoTopicCreation: true, includeTopicAuthorizedOperations: false }
  const [answer] = await Promise.all([client.ask(apis.metadata, ask), isServed(other)])
  expect(answer.topics.filter(({ errorCode }) => errorCode === 0)).toHaveLength(1)
  expect(answer.topics.filter(({ errorCode }) => errorCode === 3)).toHaveLength(9_999)
  const million = Array.from({ length: 1_000_000 }, () => ({ name: '' }))
  client.tell(apis.metadata, { ...ask, topics: million })
  await client.closed
  expect(told[0].message).toContain('1000000 items are more than one message may have')
  await isServed(other)
})
