import { truncateSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { handler, Later } from '../../src/broker/handler.js'
import { LogViews } from '../../src/broker/log-views.js'
import type { DuramenError } from '../../src/errors.js'
import { apis } from '../../src/protocol/index.js'
import { codeOf, type LogView, openLog, partitionPath } from '../support/logs.js'
import { problemsTold, serve } from '../support/served.js'
import type { WireClient } from '../support/wire-client.js'

const mebibyte = 2 ** 20

/** Sealed segments of a mebibyte, read as views of so many bytes at most, and all their bytes. */
async function filled(segments: number, viewBytes = mebibyte) {
  const log = await openLog(partitionPath(), { flush: 'os', segmentBytes: mebibyte })
  for (let i = 0; log.info.segmentCount <= segments; i++) {
    await log.append({ value: Buffer.alloc(10_000, `${i} `) })
  }
  const views: LogView[] = []
  for (let at = 0, left = segments * (mebibyte - 10_000); left > 0; ) {
    const view = await log.read(at, { maxBytes: viewBytes })
    views.push(view)
    at = view.nextOffset
    left -= view.sizeInBytes
  }
  const bytes = Buffer.concat(views.map((view) => view.bytes))
  const first = await log.read(0, { maxBytes: mebibyte })
  /** The file of the first segment has so many bytes less then. */
  const cut = (by: number) => {
    truncateSync(join(log.directory, `${'0'.repeat(20)}.log`), first.sizeInBytes - by)
  }
  return { views, bytes, cut }
}

const fetched = {
  ...{ maxWaitMs: 0, minBytes: 0, topics: [], forgottenTopicsData: [] },
} as const

/** One partition for each list of views. */
function answerOf(...partitions: (readonly LogView[])[]) {
  const given = partitions.map((views, partitionIndex) => ({
    ...{ partitionIndex, errorCode: 0, highWatermark: 0, abortedTransactions: null },
    records: new LogViews(views),
  }))
  return { responses: [{ topicId: 'AAAAAAAAAAAAAAAAAAAAAQ', partitions: given }] }
}

type Answer = ReturnType<typeof answerOf>

/** The first who asks gets the first answer. */
function giving(...answers: Answer[]) {
  return handler(apis.fetch, () => answers.shift() as Answer)
}

const ping = handler(apis.listGroups, () => ({ errorCode: 0, groups: [] }))

function pinged(client: WireClient) {
  return client.ask(apis.listGroups, { statesFilter: [], typesFilter: [] })
}

async function asked(client: WireClient, version?: number): Promise<Buffer> {
  const { responses } = await client.ask(apis.fetch, fetched, version)
  const { partitions = [] } = responses[0] ?? {}
  return Buffer.concat(partitions.map(({ records }) => records ?? Buffer.alloc(0)))
}

/** It asks, takes nothing, and the kernel has taken what it takes. */
async function stuck(client: WireClient, other: WireClient) {
  client.socket.pause()
  const answer = asked(client)
  // It may never come.
  answer.catch(() => {})
  for (let i = 0; i < 50; i++) await pinged(other)
  return { answer }
}

async function expectReleased(views: readonly LogView[]): Promise<void> {
  await vi.waitFor(async () => {
    for (const view of views) expect(await codeOf(() => view.bytes)).toBe('ERR_VIEW_RELEASED')
  })
}

const sizes = [
  ['large views', mebibyte],
  ['views that are sent together with what stands around them', 25_000],
  ['views of either kind', 42_000],
] as const

it.each(sizes)('%s arrive byte for byte at a client that takes them slowly', async (_, size) => {
  const [one, two] = [await filled(20, size), await filled(10, size)]
  const half = one.views.length / 2
  const { connect } = await serve([
    ping,
    giving(
      answerOf(one.views.slice(0, half), [], one.views.slice(half)),
      answerOf(...two.views.map((view) => [view])),
    ),
  ])
  const client = await connect()
  client.socket.on('data', () => {
    client.socket.pause()
    setImmediate(() => client.socket.resume())
  })
  const pings: Promise<unknown>[] = []
  const first = asked(client)
  for (let i = 0; i < 10; i++) pings.push(pinged(client))
  const second = asked(client)
  pings.push(pinged(client))
  expect((await first).equals(one.bytes)).toBe(true)
  expect((await second).equals(two.bytes)).toBe(true)
  await Promise.all(pings)
  await expectReleased([...one.views, ...two.views])
})

it('where a runtime shows no descriptors the bytes arrive all the same', async () => {
  const { views, bytes } = await filled(20)
  const { connect } = await serve([ping, giving(answerOf(views))], {}, (socket) => {
    Object.defineProperty((socket as unknown as { _handle: object })._handle, 'fd', {
      value: undefined,
    })
  })
  const [client, other] = [await connect(), await connect()]
  const { answer } = await stuck(client, other)
  client.socket.resume()
  expect((await answer).equals(bytes)).toBe(true)
  await expectReleased(views)
})

describe('a client that has sent all that it will', () => {
  it('gets all its answers, also those that were not begun or ready, and then the end', async () => {
    const [one, two] = [await filled(20), await filled(20)]
    let give = () => {}
    const { connect, connections } = await serve([
      ping,
      giving(answerOf(one.views), answerOf(two.views)),
      handler(apis.heartbeat, () => {
        const beaten = new Promise<void>((resolve) => {
          give = resolve
        })
        return new Later(beaten.then(() => ({ errorCode: 27 })))
      }),
    ])
    const [client, other] = [await connect(), await connect()]
    client.socket.pause()
    const beat = client.ask(apis.heartbeat, { groupId: 'a', generationId: 1, memberId: '' })
    const [first, second] = [asked(client), asked(client)]
    const last = pinged(client)
    client.socket.end()
    await pinged(other)
    give()
    for (let i = 0; i < 50; i++) await pinged(other)
    client.socket.resume()
    expect((await beat).errorCode).toBe(27)
    expect((await first).equals(one.bytes)).toBe(true)
    expect((await second).equals(two.bytes)).toBe(true)
    await last
    await client.closed
    await connections[0]?.closed
  })

  it('is answered at once where it would wait for more', async () => {
    const { connect } = await serve([
      handler(apis.heartbeat, (_request, { signal }) => {
        const aborted = new Promise((resolve) => signal.addEventListener('abort', resolve))
        return new Later(aborted.then(() => ({ errorCode: 27 })))
      }),
    ])
    const client = await connect()
    const beats = [1, 2].map((generationId) =>
      client.ask(apis.heartbeat, { groupId: 'a', generationId, memberId: '' }),
    )
    client.socket.end()
    expect((await Promise.all(beats)).map(({ errorCode }) => errorCode)).toEqual([27, 27])
    await client.closed
  })
})

describe('a segment that someone else cuts while a view of it waits', () => {
  const cuts = [
    ['by pages', 300_000, mebibyte],
    ['by a few bytes', 10, mebibyte],
    ['by a few bytes, under small views', 10, 25_000],
  ] as const
  it.each(cuts)(
    '%s closes the connection with a line, and gives no other bytes',
    async (_, by, size) => {
      // The views of the segment that is cut come last.
      const before = await filled(20)
      const { views, bytes, cut } = await filled(1, size)
      const told = problemsTold()
      const answer = answerOf(before.views, views)
      const { connect } = await serve([ping, giving(answer)])
      const [client, other] = [await connect(), await connect()]
      const got: Buffer[] = []
      client.socket.on('data', (chunk: Buffer) => got.push(chunk))
      await stuck(client, other)
      cut(by)
      client.socket.resume()
      await client.closed
      const all = Buffer.concat(got)
      const rest = all.subarray(all.indexOf(before.bytes.subarray(0, 1000)))
      const right = rest.subarray(0, before.bytes.length).equals(before.bytes)
      expect([right, rest.length < before.bytes.length + bytes.length]).toEqual([true, true])
      expect(told).toHaveLength(1)
      expect((told[0].error as DuramenError).code).toBe('ERR_SEGMENT_LOST')
      await expectReleased([...before.views, ...views])
      await pinged(other)
    },
  )

  it('before any of it was sent is not sent either', async () => {
    const { views, cut } = await filled(1, 100_000)
    const told = problemsTold()
    const last = views.slice(-1)
    // The socket takes it at once.
    expect(last[0]?.sizeInBytes).toBeGreaterThan(32 * 1024)
    const { connect } = await serve([giving(answerOf(last))])
    const client = await connect()
    cut(10)
    client.tell(apis.fetch, fetched)
    await client.closed
    expect((told[0].error as DuramenError).code).toBe('ERR_SEGMENT_LOST')
  })
})

const ends = [
  ['resets', (client: WireClient) => client.socket.resetAndDestroy()],
  ['is gone', (client: WireClient) => client.socket.destroy()],
] as const

it.each(ends)(
  'a client that %s takes nothing along, and others get what is theirs',
  async (_, end) => {
    const [one, two] = [await filled(20), await filled(2)]
    const { connect, connections } = await serve([
      ping,
      giving(answerOf(one.views), answerOf(two.views)),
    ])
    const [client, other] = [await connect(), await connect()]
    await stuck(client, other)
    end(client)
    // The descriptor is free, and is the next one's.
    await connections[0]?.closed
    await expectReleased(one.views)
    const next = await connect()
    expect((await asked(next)).equals(two.bytes)).toBe(true)
    await Promise.all([pinged(next), pinged(other)])
  },
)

it('views of a client that the broker drops are released at once', async () => {
  const { views } = await filled(20)
  const { connect, connections } = await serve([ping, giving(answerOf(views))])
  const [client, other] = [await connect(), await connect()]
  await stuck(client, other)
  connections[0]?.drop()
  expect(await codeOf(() => views.at(-1)?.bytes)).toBe('ERR_VIEW_RELEASED')
  await expectReleased(views)
})

it('a client that has its answer, and then is idle, is closed', async () => {
  const { views } = await filled(1, 100_000)
  const [view] = views
  const bytes = Buffer.from(view.bytes)
  let give = () => {}
  const { connect } = await serve(
    [
      handler(apis.fetch, () => {
        const there = new Promise<void>((resolve) => {
          give = resolve
        })
        return new Later(there.then(() => answerOf([view])))
      }),
    ],
    { connectionsMaxIdleMs: 20 },
  )
  const client = await connect()
  // In this version nothing stands behind the records, that would be written by Node.
  const answer = asked(client, 4)
  // Idle for as long, and begun later: twice.
  await (await connect()).closed
  await (await connect()).closed
  give()
  expect((await answer).equals(bytes)).toBe(true)
  await client.closed
})
