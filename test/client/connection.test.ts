import { describe, expect, it } from 'vitest'
import { apis, encodeResponse } from '../../src/protocol/index.js'
import { codeOf, faultOf } from '../support/logs.js'
import { type Answer, type Call, clientTo, ScriptedBroker } from '../support/scripted-broker.js'

/** How asking for the topics ends where Metadata is answered so. */
async function fault(answer: (call: Call) => Answer | undefined, timeoutMs?: number) {
  const metadata = (call: Call) => (call.api === apis.metadata ? answer(call) : undefined)
  const broker = await ScriptedBroker.start(metadata)
  return faultOf(() => broker.client(timeoutMs).topics())
}

const noTopics = { brokers: [], topics: [] }

describe('an answer that makes no sense ends the request:', () => {
  it.each<[string, (call: Call) => Answer]>([
    [
      'one to another request',
      ({ api, version }) =>
        Buffer.concat(encodeResponse(api, version, 4711, noTopics as never) as Buffer[]),
    ],
    ['one cut short', () => Buffer.from([0, 0, 0, 6, 0, 0, 0, 1, 0, 0])],
    ['a list longer than the bytes', ({ correlationId }) => cut(correlationId, 'ffffffff0f')],
    ['one of 2 GB', () => Buffer.from([0x7f, 0xff, 0xff, 0xff])],
    ['a negative length', () => Buffer.from([0xff, 0xff, 0xff, 0xff])],
    ['HTTP', () => Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['partitions that are not numbered from 0', () => topicWith([0, 2])],
    ['a partition that is there twice', () => topicWith([0, 0])],
  ])('%s', async (_, answer) => {
    expect((await fault(answer))?.code).toBe('ERR_BAD_ANSWER')
  })

  function cut(correlationId: number, rest: string): Buffer {
    const body = Buffer.from(rest, 'hex')
    const head = Buffer.alloc(13)
    head.writeInt32BE(9 + body.length)
    head.writeInt32BE(correlationId, 4)
    return Buffer.concat([head, body])
  }

  function topicWith(numbers: readonly number[]): object {
    const partitions = numbers.map((partitionIndex) => {
      return { errorCode: 0, partitionIndex, leaderId: 1, replicaNodes: [], isrNodes: [] }
    })
    return { ...noTopics, topics: [{ errorCode: 0, name: 'clicks', partitions }] }
  }
})

describe('a broker that', () => {
  it('closes the connection in mid-request fails it, and is connected to again', async () => {
    let isFirst = true
    const broker = await ScriptedBroker.start(({ api }) => {
      if (api !== apis.metadata || !isFirst) return undefined
      isFirst = false
      return 'close'
    })
    const client = broker.client()
    expect(await codeOf(() => client.topics())).toBe('ERR_CONNECTION')
    expect((await client.topics()).map(({ name }) => name)).toEqual(['clicks'])
    expect(broker.connections).toBe(2)
  })

  it('never answers is given up', async () => {
    const error = await fault(() => 'silence', 20)
    expect(error?.message).toMatch(/Metadata was not answered in time; see whether/)
  })

  it('is not there is told from one that may come back', async () => {
    const error = await faultOf(() => clientTo(1).topics())
    expect(error).toMatchObject({ code: 'ERR_CONNECTION', retriable: false })
    expect(error?.message).toMatch(/127.0.0.1:1 failed: connect ECONNREFUSED .*; see whether/)
  })

  it('is asked by many at once is connected to once', async () => {
    const broker = await ScriptedBroker.start(() => undefined)
    const client = broker.client()
    await Promise.all(Array.from({ length: 10 }, () => client.topics()))
    expect(broker.connections).toBe(1)
  })

  it('answers no version that is known here says which', async () => {
    const apiKeys = [{ apiKey: 3, minVersion: 90, maxVersion: 99 }]
    const answer = { errorCode: 0, apiKeys }
    const broker = await ScriptedBroker.start(() => answer)
    const error = await faultOf(() => broker.client().topics())
    expect(error?.code).toBe('ERR_UNSUPPORTED_VERSION')
    expect(error?.message).toMatch(
      /speaks versions 90 to 99 of Metadata, of which 0 to 12 are known/,
    )
  })

  it('does not know ApiVersions 3 is asked in version 0', async () => {
    const versions: number[] = []
    const broker = await ScriptedBroker.start(({ api, version, correlationId }) => {
      if (api === apis.apiVersions) versions.push(version)
      if (api !== apis.apiVersions || version === 0) return undefined
      const refusal = { errorCode: 35, apiKeys: [] }
      return Buffer.concat(encodeResponse(api, 0, correlationId, refusal as never) as Buffer[])
    })
    expect(await broker.client().topics()).toHaveLength(1)
    expect(versions).toEqual([3, 0])
  })
})

it('closing ends what is under way, and nothing is connected to afterwards', async () => {
  const broker = await ScriptedBroker.start(({ api }) => {
    return api === apis.metadata ? 'silence' : undefined
  })
  const client = broker.client()
  // Open, and so with a request under way in the next turn.
  await client.any()
  const failed = codeOf(() => client.topics())
  await client.close()
  expect(await failed).toBe('ERR_CONNECTION')
  expect(await codeOf(() => client.topics())).toBe('ERR_CONNECTION')
  expect(broker.connections).toBe(1)
})
