import { PassThrough } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { FramePool } from '../../src/broker/frame-pool.js'
import { handler } from '../../src/broker/handler.js'
import { withSharedReads } from '../../src/broker/shared-reads.js'
import { apis } from '../../src/protocol/index.js'
import { serve } from '../support/served.js'

/** Answers with error 0 where all bytes of the record are those of the first, also some turns later. */
const checksLater = handler(
  apis.produce,
  async ({ topicData: [topic] }) => {
    const [{ index, records }] = topic.partitionData
    for (let turns = 0; turns < 3; turns++) await turn()
    const isWhole = records?.every((byte) => byte === index)
    const one = { index, errorCode: isWhole ? 0 : 2, baseOffset: records?.length ?? 0 }
    return { responses: [{ name: topic.name, partitionResponses: [one] }] }
  },
  apis.produce.versions,
  true,
)

it('requests of many clients at a time keep their bytes until the next may begin', async () => {
  const { connect } = await serve([checksLater])
  const clients = await Promise.all(Array.from({ length: 8 }, () => connect()))
  const answers = clients.flatMap((client, at) =>
    [40, 70_000, 1_000_000, 200, 300_000].map((size, i) => {
      const index = 1 + at * 5 + i
      const records = Buffer.alloc(size, index)
      const topicData = [{ name: 't', partitionData: [{ index, records }] }]
      return client.ask(apis.produce, { acks: 1, timeoutMs: 1000, topicData }, 9).then((answer) => {
        expect(answer.responses[0].partitionResponses[0]).toMatchObject({
          index,
          errorCode: 0,
          baseOffset: size,
        })
      })
    }),
  )
  await Promise.all(answers)
})

it('a socket without a handle of its own is read as streams are', async () => {
  const stream = new PassThrough()
  const got: Buffer[] = []
  const socket = withSharedReads(stream as never, (bytes) => got.push(Buffer.from(bytes)))
  stream.end('some bytes')
  for await (const _ of socket);
  expect(Buffer.concat(got).toString()).toBe('some bytes')
})

it('memory that was given back is used again for frames of about its size, up to a limit', () => {
  const pool = new FramePool()
  const first = pool.take(100_000)
  pool.give(first.subarray(0, 100_000))
  expect(pool.take(90_000).buffer).toBe(first.buffer)
  expect(pool.take(90_000).buffer).not.toBe(first.buffer)
  const many = Array.from({ length: 50 }, () => pool.take(2 ** 20))
  for (const one of many) pool.give(one)
  const again = new Set(Array.from({ length: 50 }, () => pool.take(2 ** 20).buffer))
  expect(many.filter(({ buffer }) => again.has(buffer)).length).toBe(40)
})

it('memory that Node made for others is never taken in', () => {
  const pool = new FramePool()
  const foreign = Buffer.from(new ArrayBuffer(65_536))
  pool.give(foreign)
  expect(pool.take(65_536).buffer).not.toBe(foreign.buffer)
})
