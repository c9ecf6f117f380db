import { expect, it, vi } from 'vitest'
import { handler, Later } from '../../src/broker/handler.js'
import type { DuramenError } from '../../src/errors.js'
import { apis } from '../../src/protocol/index.js'
import { codeOf, type LogView, openLog, records } from '../support/logs.js'
import { problemsTold, serve } from '../support/served.js'
import type { WireClient } from '../support/wire-client.js'

const mebibyte = 2 ** 20

const ping = handler(apis.listGroups, () => ({ errorCode: 0, groups: [] }))

function pinged(client: WireClient) {
  return client.ask(apis.listGroups, { statesFilter: [], typesFilter: [] })
}

const fetched = {
  ...{ maxWaitMs: 0, minBytes: 0, topics: [], forgottenTopicsData: [] },
} as const

function answerOf(given: Buffer | LogView) {
  const partition = { partitionIndex: 0, errorCode: 0, highWatermark: 0, abortedTransactions: null }
  const topic = 'AAAAAAAAAAAAAAAAAAAAAQ'
  return { responses: [{ topicId: topic, partitions: [{ ...partition, records: given }] }] }
}

/** What `count` is once it stays while another client is served. */
async function settled(other: WireClient, count: () => number): Promise<number> {
  for (;;) {
    const before = count()
    for (let i = 0; i < 50; i++) await pinged(other)
    if (count() === before && before > 0) return before
  }
}

it('a client that takes no answers is not read from, and gets them all once it does', async () => {
  let begun = 0
  const answer = answerOf(Buffer.alloc(mebibyte / 4))
  const fetch = handler(apis.fetch, () => {
    begun++
    return answer
  })
  const { connect } = await serve([fetch, ping])
  const [client, other] = [await connect(), await connect()]
  client.socket.pause()
  const requests = 1000
  const answers = Array.from({ length: requests }, () => client.ask(apis.fetch, fetched))
  // What the kernel takes of both sides, and a mebibyte and an answer: of 250 in all.
  expect(await settled(other, () => begun)).toBeLessThan(120)
  client.socket.resume()
  await Promise.all(answers)
  expect(begun).toBe(requests)
})

it('of a client that does not wait for answers so many requests begin at a time', async () => {
  const give: (() => void)[] = []
  const { connect } = await serve([
    ping,
    handler(apis.heartbeat, () => {
      const answer = new Promise<void>((resolve) => give.push(resolve))
      return new Later(answer.then(() => ({ errorCode: 0 })))
    }),
  ])
  const [client, other] = [await connect(), await connect()]
  const body = { groupId: 'a', generationId: 1, memberId: '' }
  const answers = Array.from({ length: 1000 }, () => client.ask(apis.heartbeat, body))
  expect(await settled(other, () => give.length)).toBe(100)
  for (let given = 0; given < 1000; given++) {
    if (given === give.length) await vi.waitFor(() => expect(give.length).toBeGreaterThan(given))
    give[given]()
  }
  await Promise.all(answers)
})

it('answers that wait for one before them are bounded, too', async () => {
  let give = () => {}
  let begun = 0
  const answer = answerOf(Buffer.alloc(mebibyte / 4))
  const { connect } = await serve([
    ping,
    handler(apis.heartbeat, () => {
      const first = new Promise<void>((resolve) => {
        give = resolve
      })
      return new Later(first.then(() => ({ errorCode: 0 })))
    }),
    handler(apis.fetch, () => {
      begun++
      return answer
    }),
  ])
  const [client, other] = [await connect(), await connect()]
  const first = client.ask(apis.heartbeat, { groupId: 'a', generationId: 1, memberId: '' })
  const answers = Array.from({ length: 90 }, () => client.ask(apis.fetch, fetched))
  expect(await settled(other, () => begun)).toBeLessThan(8)
  give()
  await Promise.all([first, ...answers])
})

it('and of large ones fewer: what waits for the engine is bounded in bytes', async () => {
  const give: (() => void)[] = []
  const { connect } = await serve([
    ping,
    handler(apis.produce, () => {
      const answer = new Promise<void>((resolve) => give.push(resolve))
      return new Later(answer.then(() => ({ responses: [] })))
    }),
  ])
  const [client, other] = [await connect(), await connect()]
  const partitionData = [{ index: 0, records: Buffer.alloc(mebibyte) }]
  const body = { acks: 1, timeoutMs: 1, topicData: [{ name: 't', partitionData }] }
  const answers = Array.from({ length: 40 }, () => client.ask(apis.produce, body))
  expect(await settled(other, () => give.length)).toBe(8)
  // The rest has not been taken from the client.
  expect(client.socket.writableLength).toBeGreaterThan(4 * mebibyte)
  for (let given = 0; given < 40; given++) {
    if (given === give.length) await vi.waitFor(() => expect(give.length).toBeGreaterThan(given))
    give[given]()
  }
  await Promise.all(answers)
})

async function viewOfLog(): Promise<LogView> {
  const log = await openLog()
  await log.append(records('a', 'b'))
  return log.read(0)
}

const released = (view: LogView) => codeOf(() => view.bytes)

it('the view of an answer is released once the socket has its bytes', async () => {
  const view = await viewOfLog()
  const bytes = Buffer.from(view.bytes)
  const { connect } = await serve([handler(apis.fetch, () => answerOf(view))])
  const { responses } = await (await connect()).ask(apis.fetch, fetched)
  expect(responses[0].partitions[0].records?.equals(bytes)).toBe(true)
  expect(await released(view)).toBe('ERR_VIEW_RELEASED')
})

it('an answer whose view cannot be sent closes the connection, and is told', async () => {
  const view = await viewOfLog()
  view.release()
  const told = problemsTold()
  const { connect } = await serve([
    ping,
    handler(apis.fetch, async () => new Later(Promise.resolve(answerOf(view)))),
  ])
  const [client, other] = [await connect(), await connect()]
  client.tell(apis.fetch, fetched)
  await client.closed
  await pinged(other)
  expect((told[0].error as DuramenError).code).toBe('ERR_VIEW_RELEASED')
})

it('a client that dies ends what waits for it, and the views of its answers are released', async () => {
  const views = [await viewOfLog(), await viewOfLog()]
  const reasons: unknown[] = []
  let give = () => {}
  const { connect, connections } = await serve([
    handler(apis.fetch, ({ maxWaitMs }, { signal }) => {
      signal.addEventListener('abort', () => reasons.push(signal.reason))
      // The second is there while the first is waited for.
      if (maxWaitMs === 1) return answerOf(views[1])
      return new Later(
        new Promise((resolve) => {
          give = () => resolve(answerOf(views[0]))
        }),
      )
    }),
  ])
  const client = await connect()
  client.tell(apis.fetch, fetched)
  client.tell(apis.fetch, { ...fetched, maxWaitMs: 1 })
  await vi.waitFor(() => expect(connections).toHaveLength(1))
  await pinged(await connect())
  client.socket.resetAndDestroy()
  await vi.waitFor(() => expect(reasons).toHaveLength(2))
  expect((reasons[0] as DuramenError).code).toBe('ERR_CLOSED')
  expect(await released(views[1])).toBe('ERR_VIEW_RELEASED')
  give()
  await vi.waitFor(async () => expect(await released(views[0])).toBe('ERR_VIEW_RELEASED'))
})

it('an answer that takes memory can be made in its turn', async () => {
  const turns: number[] = []
  let give = () => {}
  const { connect } = await serve([
    ping,
    handler(apis.fetch, ({ maxWaitMs }, call) => {
      const turn = Promise.resolve(call.turn)
      void turn.then(() => turns.push(maxWaitMs))
      if (maxWaitMs > 0) return new Later(turn.then(() => answerOf(Buffer.alloc(1))))
      return new Later(
        new Promise((resolve) => {
          give = () => resolve(answerOf(Buffer.alloc(1)))
        }),
      )
    }),
  ])
  const client = await connect()
  const answers = [0, 1, 2].map((maxWaitMs) => client.ask(apis.fetch, { ...fetched, maxWaitMs }))
  await pinged(await connect())
  await vi.waitFor(() => expect(turns).toEqual([0]))
  give()
  await Promise.all(answers)
  expect(turns).toEqual([0, 1, 2])
})
