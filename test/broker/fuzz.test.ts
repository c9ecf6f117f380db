import { describe, expect, it } from 'vitest'
import { type AnyApi, apis, decodeResponse, encodeRequest } from '../../src/protocol/index.js'
import { startBroker } from '../support/brokers.js'
import { openEngine } from '../support/engines.js'
import { numbers, pick, type Random } from '../support/random.mjs'
import { randomMessage } from '../support/random-messages.mjs'
import { problemsTold } from '../support/served.js'
import { WireClient } from '../support/wire-client.js'

/** Requests of each version of each API. */
const rounds = 8

const headerBytes = 8

/** What may wait for others, or has no answer where none is wanted. */
const waiting: ReadonlySet<AnyApi> = new Set<AnyApi>([
  apis.fetch,
  apis.joinGroup,
  apis.produce,
  apis.syncGroup,
])

const extremes = [0, 1, 0x7f, 0x80, 0xff]

/** A request with something wrong in its client id or body; sometimes nothing. */
function mutated(frame: Buffer, random: Random): Buffer {
  const bytes = [...frame.subarray(headerBytes)]
  for (let changes = random(4); changes > 0; changes--) {
    const at = random(bytes.length + 1)
    const change = random(5)
    if (change === 0) bytes[at] = pick(random, extremes)
    else if (change === 1) bytes[at] = random(256)
    else if (change === 2) bytes.splice(at, random(10))
    else if (change === 3) bytes.splice(at, 0, ...Array(1 + random(8)).fill(pick(random, extremes)))
    else bytes.splice(at, 4, 0x7f, 0xff, 0xff, 0xff)
  }
  return Buffer.concat([frame.subarray(0, headerBytes), Buffer.from(bytes.map((one) => one ?? 0))])
}

function requestOf(api: AnyApi, version: number, random: Random): Buffer {
  const body = randomMessage(api.request, version, random)
  const request = Buffer.concat(encodeRequest(api, version, 1, 'fuzz', body) as Buffer[])
  const frame = mutated(request.subarray(4), random)
  const length = Buffer.alloc(4)
  length.writeInt32BE(frame.length)
  return Buffer.concat([length, frame])
}

/** Sends a request by a connection of its own; whether what became of it is in order. */
async function outcome(client: WireClient, api: AnyApi, version: number, request: Buffer) {
  client.socket.write(request)
  const frame = await client.frame().catch(() => undefined)
  if (frame === undefined) return 'closed'
  const { correlationId } = decodeResponse(api, version, frame)
  expect(correlationId).toBe(1)
  return 'answered'
}

async function fuzzed(seed: number, api: AnyApi) {
  const told = problemsTold()
  const engine = await openEngine()
  await engine.createTopic('topic-1', { partitions: 2 })
  const broker = await startBroker({}, engine)
  const connect = () => WireClient.connect(broker.endpoints[0].port)
  const sound = await connect()
  const isServed = () =>
    sound.ask(apis.apiVersions, { clientSoftwareName: 'a', clientSoftwareVersion: '1' })
  const random = numbers(seed)
  const outcomes = new Set<string>()
  for (let version = api.versions[0]; version <= api.versions[1]; version++) {
    for (let round = 0; round < rounds; round++) {
      const client = await connect()
      const got = outcome(client, api, version, requestOf(api, version, random))
      if (waiting.has(api)) {
        for (let i = 0; i < 3; i++) await isServed()
        client.socket.destroy()
      }
      outcomes.add(await got)
      client.socket.destroy()
      await isServed()
    }
  }
  return { outcomes, faults: told.filter(({ error }) => error !== undefined) }
}

describe.each(Object.values(apis) as AnyApi[])('$name', (api) => {
  it('ends each request in an answer or a closed connection, and is no fault of the broker', async () => {
    const { outcomes, faults } = await fuzzed(api.key + 1, api)
    expect(faults.map(({ error }) => (error as Error).stack)).toEqual([])
    if (!waiting.has(api)) expect(outcomes).toContain('answered')
  })
})
