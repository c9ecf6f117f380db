import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { duramen } from '../cli/command.js'
import type { Agent } from '../support/agent.js'
import { KilledLog } from '../support/killed-log.js'
import { faultOf, openLog, PartitionLog, readAll } from '../support/logs.js'

// The small files have no checksum, but for the watermark: whatever happens to one of them, records
// are neither lost nor hidden, and what cannot be right is said.

const options = { segmentBytes: 4096, indexIntervalBytes: 512 } as const
const batches = Array.from({ length: 60 }, (_, i) => [`${i}a`.padStart(120, '.'), `${i}b`])
const start = 33
const end = 120
const offsets = Array.from({ length: end - start }, (_, i) => start + i)

const added = {
  'cleaner-offset-checkpoint': '0\n1\nclicks 0 10\n',
  'partition.metadata': 'version: 0\ntopic_id: AAAAAAAAAAAAAAAAAAAAAQ\n',
}

const endings: [string, (agent: Agent) => Promise<unknown>][] = [
  ['closed', (agent) => agent.call('close')],
  ['killed', async () => {}],
]

function makeLog(end: (agent: Agent) => Promise<unknown>): Promise<KilledLog> {
  return KilledLog.make(batches, options, async (agent, directory) => {
    await agent.call('deleteBefore', start)
    for (const [name, text] of Object.entries(added)) writeFileSync(join(directory, name), text)
    await end(agent)
  })
}

/** What came of opening the log: its findings, or the code of a refusal. */
async function open(directory: string, readOnly: boolean, what: string): Promise<string | number> {
  let log: PartitionLog | undefined
  const fault = await faultOf(async () => {
    log = await PartitionLog.open(directory, { ...options, readOnly })
  })
  if (log === undefined) return fault?.code ?? ''
  expect([log.logStartOffset, log.logEndOffset], what).toEqual([start, end])
  expect((await readAll(log)).map(({ offset }) => offset)).toEqual(offsets)
  if (!readOnly) expect(await log.append({ value: 'new' }), what).toEqual({ baseOffset: end })
  const { findings } = log.info
  await log.close()
  return findings.length
}

/** How the log fares with that content of a file; whether anybody said something. */
async function fares(killed: KilledLog, name: string, content: Buffer, what: string) {
  const { directory } = killed
  killed.restore()
  writeFileSync(join(directory, name), content)
  const { stdout } = await duramen(['verify', directory, '--json'])
  const { sound } = JSON.parse(stdout)
  const seen = await open(directory, true, what)
  if (seen !== 0) expect(sound, what).toBe(false)
  const opened = await open(directory, false, what)
  if (typeof opened !== 'number') {
    expect(opened, what).toMatch(/^ERR_(CORRUPT_LOG|INVALID_ARGUMENT)$/)
    rmSync(join(directory, name))
    expect(await open(directory, false, `${what}, moved aside`)).toBeTypeOf('number')
  }
  return { sound, seen, opened }
}

function flipped(content: Buffer, position: number, bit: number): Buffer {
  const copy = Buffer.from(content)
  copy[position] = (copy[position] ?? 0) ^ (1 << bit)
  return copy
}

const textFiles = [
  'log-start-offset-checkpoint',
  'recovery-point-offset-checkpoint',
  'leader-epoch-checkpoint',
  'cleaner-offset-checkpoint',
  'partition.metadata',
  '.kafka_cleanshutdown',
]

describe.each(endings)('a log that was %s', (ending, finish) => {
  it.each(textFiles)('is whole whatever bit of %s is flipped', async (name) => {
    const killed = await makeLog(finish)
    if (!existsSync(join(killed.directory, name))) return expect(ending).toBe('killed')
    const content = killed.contentOf(name)
    for (let position = 0; position < content.length; position++) {
      for (const bit of name.endsWith('-checkpoint') ? [0, 2, 3, 6] : [position % 8]) {
        await fares(killed, name, flipped(content, position, bit), `${name} ${position}.${bit}`)
      }
    }
  })

  it('is whole whatever bit of the watermark is flipped', async () => {
    const killed = await makeLog(finish)
    const content = killed.contentOf('duramen.watermark')
    const fields = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, i) => from + i)
    const live = [...fields(0, 12), ...fields(64, 136)]
    const slots = [4096, 8192].flatMap((page) => fields(page, page + 104))
    for (const position of [...live, ...slots, 1000, 5000, 12_287]) {
      const what = `watermark ${position}`
      await fares(killed, 'duramen.watermark', flipped(content, position, position % 8), what)
    }
  })

  it.each([...textFiles, 'duramen.watermark'])('is whole with %s cut or grown', async (name) => {
    const killed = await makeLog(finish)
    if (!existsSync(join(killed.directory, name))) return expect(ending).toBe('killed')
    const content = killed.contentOf(name)
    const contents = [
      Buffer.alloc(0),
      content.subarray(0, content.length / 2),
      content.subarray(0, -1),
      Buffer.alloc(content.length),
      Buffer.concat([content, Buffer.alloc(1 << 20, 'garbage\n')]),
      Buffer.alloc(65 << 20, '\n'),
    ]
    for (const [i, harmed] of contents.entries()) await fares(killed, name, harmed, `${name} ${i}`)
  })

  it.each([
    ['log-start-offset-checkpoint', 90],
    ['log-start-offset-checkpoint', 5000],
    ['recovery-point-offset-checkpoint', 5000],
    ['cleaner-offset-checkpoint', 5000],
  ])('says so where %s has %i', async (name, offset) => {
    const killed = await makeLog(finish)
    const text = Buffer.from(`0\n1\nclicks 0 ${offset}\n`)
    expect(await fares(killed, name, text, name)).toEqual({ sound: false, seen: 1, opened: 1 })
  })
})

// Then there is the checkpoint alone, as Kafka has it.
describe('a log without a watermark', () => {
  const path = (directory: string) => join(directory, 'log-start-offset-checkpoint')

  it('sets aside what the checkpoint says was deleted, and says so', async () => {
    const killed = await makeLog((agent) => agent.call('close'))
    const directory = killed.copy()
    writeFileSync(path(directory), '0\n1\nclicks 0 90\n')
    const before = readdirSync(directory).filter((name) => name.endsWith('.log'))
    const log = await openLog(directory, options)
    expect(log.logStartOffset).toBe(90)
    const { findings } = log.info
    expect(findings.length).toBeGreaterThan(1)
    for (const { kind, movedTo } of findings) {
      expect([kind, existsSync(movedTo ?? '')]).toEqual(['moved-aside', true])
    }
    const after = readdirSync(directory).filter((name) => /\.log(\.broken-\d+)?$/.test(name))
    expect(after).toHaveLength(before.length)
  })

  it('is not opened where it would start beyond its end', async () => {
    const killed = await makeLog((agent) => agent.call('close'))
    const directory = killed.copy()
    writeFileSync(path(directory), '0\n1\nclicks 0 121\n')
    for (const readOnly of [true, false]) {
      const fault = await faultOf(() => openLog(directory, { ...options, readOnly }))
      expect(fault).toMatchObject({ code: 'ERR_CORRUPT_LOG', path: path(directory) })
    }
    const { findings } = JSON.parse((await duramen(['verify', directory, '--json'])).stdout)
    expect(findings).toMatchObject([{ path: path(directory), fromOffset: 120, toOffset: 120 }])
    writeFileSync(path(directory), '0\n1\nclicks 0 33\n')
    const log = await openLog(directory, options)
    expect((await readAll(log)).map(({ offset }) => offset)).toEqual(offsets)
  })
})
