import fc from 'fast-check'
import { expect } from 'vitest'
import type { AppendOptions, FlushPolicy, PartitionLogOptions } from '../../src/log/index.js'
import { BatchBuilder, type RecordInput } from '../../src/record/index.js'
import { codeOf, plain } from '../support/logs.js'
import type { LogLike, ModelLog } from '../support/model-log.js'

/** The log under test; commands may close it and open it again. */
export interface Pair {
  log: LogLike
  readonly reopen: (options: PartitionLogOptions) => Promise<LogLike>
}

type Command = fc.AsyncCommand<ModelLog, Pair>

/** A call that both take; their answers, and what they then hold, have to agree. */
function call(name: string, run: (log: LogLike) => Promise<unknown>): Command {
  return {
    check: () => true,
    toString: () => name,
    async run(model, pair) {
      const [expected, found] = [await answerOf(run, model), await answerOf(run, pair.log)]
      expect(found, name).toEqual(expected)
      await agree(model, pair.log, name)
    },
  }
}

async function answerOf(run: (log: LogLike) => Promise<unknown>, log: LogLike) {
  let answer: unknown
  const code = await codeOf(async () => {
    answer = await run(log)
  })
  return { code, answer }
}

async function agree(model: ModelLog, log: LogLike, name: string): Promise<void> {
  expect(log.logStartOffset, name).toBe(model.logStartOffset)
  expect(log.logEndOffset, name).toBe(model.logEndOffset)
  expect(log.highWatermark, name).toBe(model.highWatermark)
}

const anyBytes = fc.oneof(
  { weight: 1, arbitrary: fc.constant(null) },
  { weight: 4, arbitrary: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)) },
  { weight: 1, arbitrary: fc.nat(1500).map((size) => Buffer.alloc(size, 'v')) },
)
const anyTime = fc.oneof(
  { weight: 5, arbitrary: fc.nat(200) },
  { weight: 1, arbitrary: fc.constantFrom(-1, 2 ** 52) },
)

const anyRecord: fc.Arbitrary<RecordInput> = fc.record({
  key: anyBytes,
  value: anyBytes,
  timestamp: anyTime,
  headers: fc.array(fc.tuple(fc.string({ maxLength: 5 }), anyBytes), { maxLength: 2 }),
})

const anyOptions: fc.Arbitrary<AppendOptions | undefined> = fc.option(
  fc.record({
    compression: fc.constantFrom('none', 'gzip', 'snappy', 'lz4', 'zstd'),
    isTransactional: fc.boolean(),
  }),
  { nil: undefined },
)

const append = fc
  .tuple(fc.array(anyRecord, { minLength: 1, maxLength: 5 }), anyOptions)
  .map(([list, options]) => {
    const name = `append ${list.length} ${JSON.stringify(options)}`
    return call(name, (log) => log.append(list, options))
  })

const appendColumns = fc
  .array(fc.record({ key: anyBytes, value: anyBytes, time: anyTime }), {
    minLength: 1,
    maxLength: 20,
  })
  .map((rows) => {
    const lengthOf = (bytes: Buffer | null) => bytes?.length ?? -1
    const columns = {
      values: Buffer.concat(rows.flatMap(({ value }) => value ?? [])),
      valueLengths: Int32Array.from(rows, ({ value }) => lengthOf(value)),
      keys: Buffer.concat(rows.flatMap(({ key }) => key ?? [])),
      keyLengths: Int32Array.from(rows, ({ key }) => lengthOf(key)),
      timestamps: Float64Array.from(rows, ({ time }) => time),
    }
    return call(`appendColumns ${rows.length}`, (log) => log.appendColumns(columns))
  })

/** A follower's batch, some offsets behind the end, or just before it. */
const keep = fc
  .tuple(fc.constantFrom(-1, 0, 1, 3, 1000, 2 ** 31), fc.integer({ min: 1, max: 3 }))
  .map(([gap, count]) =>
    call(`keep +${gap}`, (log) => {
      const builder = new BatchBuilder({ baseOffset: Math.max(log.logEndOffset + gap, 0) })
      for (let i = 0; i < count; i++) builder.append({ value: 'kept', timestamp: 7 })
      return log.append(Buffer.from(builder.build()), { offsets: 'keep', leaderEpoch: 0 })
    }),
  )

/** Positions in the log as a share of it, so that they mean something in any log. */
const anyShare = fc.constantFrom(-0.1, 0, 0.1, 0.25, 0.4, 0.5, 0.6, 0.75, 0.9, 1, 1.1)
function offsetAt({ logStartOffset, logEndOffset }: LogLike, share: number): number {
  const offset = Math.round(logStartOffset + share * (logEndOffset - logStartOffset))
  return Math.max(share > 1 ? offset + 1 : offset, 0)
}

/** Cuts both at an offset; `settle` tells the model where, if that lies in a gap: no record tells. */
function cutting(
  method: 'truncateTo' | 'deleteBefore',
  settle: (model: ModelLog, log: LogLike) => void,
) {
  return (share: number): Command => {
    const name = `${method} ${share}`
    return {
      check: () => true,
      toString: () => name,
      async run(model, { log }) {
        const offset = offsetAt(model, share)
        const code = await codeOf(() => model[method](offset))
        expect(await codeOf(() => log[method](offset)), name).toBe(code)
        settle(model, log)
        await agree(model, log, name)
      },
    }
  }
}

const cut = cutting('truncateTo', (model, log) => model.endInGapAt(log.logEndOffset))
const remove = cutting('deleteBefore', (model, log) => model.startInGapAt(log.logStartOffset))

const find = anyTime.map((time) =>
  call(`offsetForTimestamp ${time}`, (log) => log.offsetForTimestamp(time)),
)

/** A view may hold less than the model's, but its batches are the same, and it goes on. */
function read(share: number, maxBytes: number): Command {
  const name = `read ${share} ${maxBytes}`
  return {
    check: () => true,
    toString: () => name,
    async run(model, { log }) {
      const offset = offsetAt(model, share)
      const code = await codeOf(() => model.read(offset))
      expect(await codeOf(() => log.read(offset)), name).toBe(code)
      if (code !== 'no error') return
      const expected = await model.read(offset, { maxBytes })
      const found = await log.read(offset, { maxBytes })
      expect(found.baseOffset, name).toBe(expected.baseOffset)
      expect(found.isEmpty, name).toBe(expected.isEmpty)
      expect(found.sizeInBytes, name).toBeLessThanOrEqual(expected.sizeInBytes)
      const same = expected.bytes.subarray(0, found.sizeInBytes).equals(found.bytes)
      expect(same, name).toBe(true)
      expect([...found].map(plain), name).toEqual(
        [...expected].map(plain).filter((record) => record.offset < found.nextOffset),
      )
    },
  }
}

const readAll: Command = {
  check: () => true,
  toString: () => 'readAll',
  async run(model, { log }) {
    const found: Buffer[] = []
    let view = await log.read(log.logStartOffset)
    for (; !view.isEmpty; view = await log.read(view.nextOffset)) found.push(view.bytes)
    const expected = (await model.read(model.logStartOffset, { maxBytes: 2 ** 31 - 1 })).bytes
    expect(Buffer.concat(found).equals(expected)).toBe(true)
  },
}

/** The options of a log that rolls often; each opening may have others. */
export const anyLogOptions: fc.Arbitrary<PartitionLogOptions> = fc.record({
  flush: fc.constantFrom<FlushPolicy[]>('os', 'sync', { intervalMs: 1 }, { bytes: 2000 }),
  segmentBytes: fc.constantFrom(4096, 16_384, 1 << 20),
  segmentMs: fc.constantFrom(50, 7 * 24 * 3600 * 1000),
  segmentIndexBytes: fc.constantFrom(64, 10 << 20),
  indexIntervalBytes: fc.constantFrom(0, 300, 4096),
  checkCrcs: fc.constantFrom('once', 'always'),
  recovery: fc.constantFrom('torn-tail', 'strict'),
  writeAheadBytes: fc.constant(64 * 1024),
  maxMessageBytes: fc.constant(4096),
})

function reopen(options: PartitionLogOptions): Command {
  const name = `reopen ${JSON.stringify(options)}`
  return {
    check: () => true,
    toString: () => name,
    async run(model, pair) {
      await pair.log.close()
      pair.log = await pair.reopen(options)
      model.startInGapAt(pair.log.logStartOffset)
      await agree(model, pair.log, name)
    },
  }
}

export function anyCommands() {
  const commands = [
    ...[append, append, append, appendColumns, keep, find],
    fc.tuple(anyShare, fc.nat(5000)).map(([share, maxBytes]) => read(share, maxBytes)),
    anyShare.map(cut),
    anyShare.map(remove),
    fc.constant(readAll),
    anyLogOptions.map(reopen),
    fc.constant(call('flush', (log) => log.flush())),
  ]
  return fc.commands(commands, { maxCommands: 60, size: 'max' })
}
