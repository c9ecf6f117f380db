import { expect, it, vi } from 'vitest'
import { handler, Later } from '../../src/broker/handler.js'
import { apis, errorCodes } from '../../src/protocol/index.js'
import { problemsTold, serve } from '../support/served.js'
import type { WireClient } from '../support/wire-client.js'

/** Answers that the test gives, by the group id of the request. */
class Given {
  readonly begun: string[] = []
  readonly #waiting = new Map<string, () => void>()

  wait(groupId: string): Promise<{ errorCode: number }> {
    this.begun.push(groupId)
    return new Promise((resolve) => this.#waiting.set(groupId, () => resolve({ errorCode: 0 })))
  }

  async give(groupId: string): Promise<void> {
    await vi.waitFor(() => expect(this.begun).toContain(groupId))
    this.#waiting.get(groupId)?.()
  }
}

function beat(client: WireClient, groupId: string): Promise<string> {
  const body = { groupId, generationId: 1, memberId: '' }
  return client.ask(apis.heartbeat, body).then(() => groupId)
}

it('answers go in the order of the requests, whichever is there first', async () => {
  const given = new Given()
  const { connect } = await serve([
    handler(apis.heartbeat, ({ groupId }) => new Later(given.wait(groupId))),
  ])
  const client = await connect()
  const got: string[] = []
  const answers = ['a', 'b', 'c'].map((id) => beat(client, id).then((one) => got.push(one)))
  await given.give('c')
  await given.give('b')
  // That of another connection is there: those of this one would be too.
  const other = beat(await connect(), 'd')
  await given.give('d')
  await other
  expect(got).toEqual([])
  await given.give('a')
  await Promise.all(answers)
  expect(got).toEqual(['a', 'b', 'c'])
})

it('others have their turn when a client is served for long', async () => {
  const seen: string[] = []
  const { connect } = await serve([
    handler(apis.heartbeat, ({ groupId }) => {
      seen.push(groupId)
      setImmediate(() => seen.push('others'))
      const until = performance.now() + 20
      while (performance.now() < until);
      return { errorCode: 0 }
    }),
  ])
  const client = await connect()
  await Promise.all(['a', 'b', 'c'].map((id) => beat(client, id)))
  expect(seen.slice(0, 5)).toEqual(['a', 'others', 'b', 'others', 'c'])
})

it('a request begins when the one before has come to where order does not matter', async () => {
  const given = new Given()
  const { connect } = await serve([
    handler(apis.heartbeat, ({ groupId }) => given.wait(groupId)),
    handler(apis.listGroups, async () => new Later(given.wait('list').then(() => ({ ...empty })))),
  ])
  const client = await connect()
  const first = beat(client, 'a')
  const list = client.ask(apis.listGroups, { statesFilter: [], typesFilter: [] })
  const last = beat(client, 'b')
  const other = await connect()
  const others = beat(other, 'c')
  await given.give('c')
  await others
  expect(given.begun).toEqual(['a', 'c'])
  await given.give('a')
  await given.give('b')
  await first
  expect(given.begun).toEqual(['a', 'c', 'list', 'b'])
  await given.give('list')
  await Promise.all([list, last])
})

const empty = { errorCode: 0, groups: [] }

it('where no answer is expected none is sent', async () => {
  const { connect } = await serve([
    handler(apis.heartbeat, ({ groupId }) => (groupId === 'silent' ? null : { errorCode: 0 })),
  ])
  const client = await connect()
  client.tell(apis.heartbeat, { groupId: 'silent', generationId: 1, memberId: '' })
  await beat(client, 'a')
})

it('a thousand requests in one chunk are answered in order', async () => {
  const { connect } = await serve([handler(apis.heartbeat, () => ({ errorCode: 0 }))])
  const client = await connect()
  client.socket.cork()
  const answers = Array.from({ length: 1000 }, (_, i) => beat(client, String(i)))
  client.socket.uncork()
  expect(await Promise.all(answers)).toHaveLength(1000)
})

it.each([
  [
    'throws',
    () => () => {
      throw new TypeError('oops\nforged line')
    },
  ],
  [
    'rejects',
    () => async () => {
      throw new TypeError('oops\nforged line')
    },
  ],
  ['rejects later', () => () => new Later(Promise.reject(new TypeError('oops\nforged line')))],
  ['gives what cannot be sent', () => () => ({ errorCode: 70_000 })],
])(
  'a handler that %s is a fault of the broker that is told, and answered with -1',
  async (_what, make) => {
    const told = problemsTold()
    const { connect, service } = await serve([handler(apis.heartbeat, make())])
    const client = await connect()
    const body = { groupId: 'a', generationId: 1, memberId: '' }
    for (let version = 0; version <= 4; version++) {
      const { errorCode } = await client.ask(apis.heartbeat, body, version)
      expect(errorCode).toBe(errorCodes.unknownServerError)
    }
    expect(told).toHaveLength(5)
    expect(told[0].message).toMatch(/^Heartbeat 0 of 'test' at \/127\.0\.0\.1 failed: .+$/)
    expect((told[0].error as Error).stack).toMatch(/^\s+at /m)
    expect(service.counts.of(apis.heartbeat).errors).toBe(5)
  },
)

it('an API and version without a handler is refused in that version', async () => {
  const { connect } = await serve([handler(apis.heartbeat, () => ({ errorCode: 0 }), [3, 4])])
  const client = await connect()
  const body = { groupId: 'a', generationId: 1, memberId: '' }
  const codes: number[] = []
  for (let version = 0; version <= 4; version++) {
    codes.push((await client.ask(apis.heartbeat, body, version)).errorCode)
  }
  expect(codes).toEqual([35, 35, 35, 0, 0])
  const topicData = [{ name: 't', partitionData: [{ index: 2, records: null }] }]
  const produced = await client.ask(apis.produce, { acks: 1, timeoutMs: 1, topicData }, 0)
  expect(produced.responses[0].partitionResponses[0]).toMatchObject({ index: 2, errorCode: 35 })
})

it('a version of ApiVersions that nobody knows is refused in version 0', async () => {
  const { connect } = await serve([])
  const client = await connect()
  const request = Buffer.from([0, 0, 0, 10, 0, 18, 0, 99, 0, 0, 0, 7, 0xff, 0xff])
  client.socket.write(request)
  const frame = await client.frame()
  // Correlation id, error 35, one API: 18 from 0 to 4.
  expect([...frame]).toEqual([0, 0, 0, 7, 0, 35, 0, 0, 0, 1, 0, 18, 0, 0, 0, 4])
})
