// The logs that Kafka is asked about. Each case writes one into its directory, closes it, and returns
// the records that have to be in it.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PartitionLog } from '../../dist/log/index.js'
import { BatchBuilder } from '../../dist/record/index.js'

const lines = 'abcdefghijklmnopqrstuvwxyz'
const textOf = (i, size) => `${i}-${lines.repeat(Math.ceil(size / 26)).slice(0, size)}`

/** What the tool prints of a record. */
function expectedOf(offset, { key = null, value = null, headers = [], timestamp }, more = {}) {
  return {
    offset,
    type: 'CreateTime',
    timestamp,
    keySize: key?.length ?? -1,
    valueSize: value?.length ?? -1,
    headers: headers.map(([name]) => name).join(','),
    ...(key === null ? {} : { key }),
    ...(value === null ? {} : { value }),
    ...more,
  }
}

/** Appends, and remembers what is to be found. */
class Writer {
  constructor(log) {
    this.log = log
    this.expected = []
  }

  static async open(directory, options) {
    return new Writer(await PartitionLog.open(directory, options))
  }

  async append(records, options, more) {
    const { baseOffset } = await this.log.append(records, options)
    records.forEach((record, i) => {
      this.expected.push(expectedOf(baseOffset + i, record, more))
    })
  }

  async columns(records) {
    const lengthOf = (text) => text?.length ?? -1
    const { baseOffset } = await this.log.appendColumns({
      values: Buffer.from(records.map(({ value }) => value ?? '').join('')),
      valueLengths: Int32Array.from(records, ({ value }) => lengthOf(value)),
      keys: Buffer.from(records.map(({ key }) => key ?? '').join('')),
      keyLengths: Int32Array.from(records, ({ key }) => lengthOf(key)),
      timestamps: Float64Array.from(records, ({ timestamp }) => timestamp),
    })
    records.forEach((record, i) => {
      this.expected.push(expectedOf(baseOffset + i, record))
    })
  }

  async close() {
    await this.log.close()
    return this.expected
  }
}

function records(from, count, size = 100) {
  return Array.from({ length: count }, (_, i) => ({
    key: (from + i) % 5 === 0 ? null : `k${from + i}`,
    value: (from + i) % 7 === 0 ? null : textOf(from + i, (size * ((from + i) % 11)) / 5),
    headers:
      (from + i) % 3 === 0
        ? [
            ['h', `${i}`],
            ['h', null],
            ['other', ''],
          ]
        : [],
    timestamp: 1_700_000_000_000 + (from + i) * 3,
  }))
}

async function codecs(directory) {
  const writer = await Writer.open(directory)
  for (const compression of ['none', 'gzip', 'snappy', 'lz4', 'zstd']) {
    for (let i = 0; i < 20; i++) await writer.append(records(i * 50, 50), { compression })
  }
  return writer.close()
}

async function smallSegments(directory, flush) {
  const options = { flush, segmentBytes: 4096, indexIntervalBytes: 0, segmentIndexBytes: 256 }
  const writer = await Writer.open(directory, options)
  for (let i = 0; i < 600; i++) await writer.append(records(i * 3, 1 + (i % 3), 60))
  return writer.close()
}

async function defaults(directory, flush) {
  const writer = await Writer.open(directory, { flush })
  for (let i = 0; i < 400; i++) await writer.append(records(i * 20, 20, 200))
  return writer.close()
}

async function columns(directory) {
  const writer = await Writer.open(directory, { flush: 'os', segmentBytes: 1 << 20 })
  for (let i = 0; i < 60; i++) {
    const plain = records(i * 500, 500, 80).map(({ headers: _, ...rest }) => rest)
    await writer.columns(plain)
  }
  return writer.close()
}

async function timestamps(directory) {
  const writer = await Writer.open(directory, { segmentBytes: 8192, indexIntervalBytes: 200 })
  for (let i = 0; i < 300; i++) {
    const at = (n) => 1000 + ((n * 7919) % 1009)
    const list = [
      { value: textOf(i, 50), timestamp: at(i) },
      { value: 'x', timestamp: at(i + 500) },
    ]
    await writer.append(list)
  }
  await writer.append([{ value: 'none', timestamp: -1 }])
  return writer.close()
}

async function appendTime(directory) {
  const writer = await Writer.open(directory)
  const options = { timestampType: 'LogAppendTime', compression: 'lz4' }
  for (let i = 0; i < 50; i++) {
    // Every record then has the largest timestamp.
    const list = records(i * 4, 4).map((record) => ({ ...record, timestamp: 5000 + i }))
    await writer.append(list, options, { type: 'LogAppendTime' })
  }
  return writer.close()
}

async function transactions(directory) {
  const writer = await Writer.open(directory, { segmentBytes: 16_384, indexIntervalBytes: 0 })
  const producer = { producerId: 77, producerEpoch: 2, isTransactional: true }
  const version = (type) => String.fromCharCode(0, 0, 0, type)
  for (let i = 0; i < 40; i++) {
    await writer.append(records(i * 5, 5), { ...producer, baseSequence: i * 5 })
    const isCommit = i % 3 !== 0
    const marker = { key: Buffer.from(version(isCommit ? 1 : 0)), value: Buffer.alloc(6) }
    const timestamp = 1_700_000_000_000 + i
    const control = { ...producer, isControl: true }
    const { baseOffset } = await writer.log.append([{ ...marker, timestamp }], control)
    const { key: _, value: __, ...expected } = expectedOf(baseOffset, { ...marker, timestamp })
    writer.expected.push({ ...expected, marker: isCommit ? 'COMMIT' : 'ABORT' })
  }
  return writer.close()
}

async function truncated(directory) {
  const options = { segmentBytes: 8192, indexIntervalBytes: 100 }
  const writer = await Writer.open(directory, options)
  for (let round = 0; round < 5; round++) {
    for (let i = 0; i < 60; i++) await writer.append(records(i * 2, 2))
    await writer.log.truncateTo(writer.log.logEndOffset - 41)
    const end = writer.log.logEndOffset
    writer.expected = writer.expected.filter(({ offset }) => offset < end)
  }
  await writer.append(records(0, 7))
  return writer.close()
}

async function reopened(directory) {
  const options = { segmentBytes: 16_384, indexIntervalBytes: 300 }
  const expected = []
  for (let round = 0; round < 6; round++) {
    const flush = round % 2 === 0 ? 'sync' : 'os'
    const writer = await Writer.open(directory, { ...options, flush })
    for (let i = 0; i < 25; i++) await writer.append(records(i * 4, 4))
    expected.push(...(await writer.close()))
  }
  return expected
}

async function headDeleted(directory) {
  const writer = await Writer.open(directory, { segmentBytes: 8192, indexIntervalBytes: 100 })
  for (let i = 0; i < 200; i++) await writer.append(records(i * 2, 2))
  await writer.log.deleteBefore(211)
  const { baseOffset } = await writer.log.read(211, { maxBytes: 1 })
  // The segment in which the log now starts is still there as a whole.
  const first = writer.expected.findIndex(({ offset }) => offset >= baseOffset)
  const all = await writer.close()
  return { atLeast: all.slice(first), all }
}

async function keptOffsets(directory) {
  const writer = await Writer.open(directory, { segmentBytes: 8192, indexIntervalBytes: 100 })
  let baseOffset = 5
  for (let i = 0; i < 150; i++) {
    const builder = new BatchBuilder({ baseOffset, partitionLeaderEpoch: Math.floor(i / 40) })
    const list = records(i * 2, 1 + (i % 3))
    for (const record of list) builder.append(record)
    await writer.log.append(Buffer.from(builder.build()), { offsets: 'keep' })
    list.forEach((record, at) => {
      writer.expected.push(expectedOf(baseOffset + at, record))
    })
    baseOffset += list.length + (i % 50 === 49 ? 2 ** 31 + 10 : i % 4)
  }
  return writer.close()
}

/** Killed in the middle of its appends, opened again, continued. */
async function killed(directory, options) {
  const program = fileURLToPath(new URL('../crash/writer.mjs', import.meta.url))
  for (let round = 0; round < 3; round++) {
    const logs = [{ directory, options }]
    const orders = { logs, generation: round + 1, seed: round, keepsHead: true }
    const child = spawn(process.execPath, [program, JSON.stringify(orders)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let lines = 0
    for await (const chunk of child.stdout) {
      lines += chunk.toString().split('\n').length - 1
      if (lines > 300) child.kill('SIGKILL')
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  }
  const log = await PartitionLog.open(directory, options)
  await log.append([{ value: 'after' }])
  const expected = []
  for (let offset = log.logStartOffset; offset < log.logEndOffset; ) {
    const view = await log.read(offset, { upTo: 'logEnd' })
    for (const { offset: at, value, timestamp } of view) {
      expected.push(expectedOf(at, { value: String(value), timestamp }))
    }
    offset = view.nextOffset
  }
  await log.close()
  return expected
}

/** Damaged, without one of its segments and its indexes, and then mended by the command line. */
async function repaired(directory) {
  const expected = await smallSegments(directory, 'sync')
  const names = readdirSync(directory).sort()
  const [first, second, third] = names.filter((name) => name.endsWith('.log'))
  for (const name of [first, second]) {
    const bytes = readFileSync(join(directory, name))
    bytes[bytes.length >> 1] ^= 1
    writeFileSync(join(directory, name), bytes)
  }
  for (const name of [third, ...names.filter((name) => name.endsWith('index'))]) {
    rmSync(join(directory, name))
  }
  const program = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
  const args = [program, 'repair', directory, '--json']
  const { mended, sound } = JSON.parse(spawnSync(process.execPath, args).stdout)
  if (!sound) throw new Error('the log could not be repaired')
  const lost = mended.flatMap((one) => one.lost ?? [])
  const isLost = (offset) =>
    lost.some(({ fromOffset, toOffset }) => fromOffset <= offset && offset <= toOffset)
  return expected.filter(({ offset }) => !isLost(offset))
}

/** By name; `gaps`: offsets are missing, as they are meant to be. */
export const cases = [
  { name: 'codecs-0', write: codecs },
  { name: 'small-segments-sync-0', write: (directory) => smallSegments(directory, 'sync') },
  { name: 'small-segments-os-0', write: (directory) => smallSegments(directory, 'os') },
  { name: 'defaults-sync-0', write: (directory) => defaults(directory, 'sync') },
  { name: 'defaults-os-0', write: (directory) => defaults(directory, 'os') },
  { name: 'columns-0', write: columns },
  { name: 'timestamps-0', write: timestamps },
  { name: 'append-time-0', write: appendTime },
  { name: 'transactions-0', write: transactions },
  { name: 'truncated-0', write: truncated },
  { name: 'reopened-0', write: reopened },
  { name: 'head-deleted-0', write: headDeleted },
  { name: 'kept-offsets-0', write: keptOffsets, gaps: true },
  { name: 'repaired-0', write: repaired, gaps: true },
  {
    name: 'killed-sync-0',
    write: (directory) => killed(directory, { flush: 'sync', segmentBytes: 32_768 }),
  },
  {
    name: 'killed-os-0',
    write: (directory) => killed(directory, { flush: 'os', indexIntervalBytes: 500 }),
  },
]
