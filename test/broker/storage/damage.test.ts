import { readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { apis, errorCodes } from '../../../src/protocol/index.js'
import { dataDirectory, openEngine } from '../../support/engines.js'
import { problemsTold } from '../../support/served.js'
import { clientOf } from '../../support/wire-client.js'
import { batchOfRecords, changed, produce } from '../../support/wire-produce.js'
import { asking, offsetsIn, partitionsOf } from '../handlers/fetches.js'

const { fetch } = apis
const { corruptMessage, kafkaStorageError, none, offsetOutOfRange, unknownTopicOrPartition } =
  errorCodes
const value = 'v'.repeat(1000)

/** A client of a broker over a log with ten batches, whose file was `damaged` while it was closed. */
async function servedFile(damage: (bytes: Buffer) => void) {
  const directory = dataDirectory()
  const engine = await openEngine(directory)
  const { id } = await engine.createTopic('clicks')
  const log = await engine.log('clicks', 0)
  for (let i = 0; i < 10; i++) await log.append({ value })
  await engine.close()
  const path = join(directory, 'clicks-0/00000000000000000000.log')
  const bytes = readFileSync(path)
  damage(bytes)
  writeFileSync(path, bytes)
  const client = await clientOf(await openEngine(directory))
  const fetched = async (fetchOffset: number) => {
    const asked = asking({ name: 'clicks', id }, [{ fetchOffset }])
    return partitionsOf(await client.ask(fetch, asked))[0]
  }
  return { client, path, fetched }
}

const damageThird = (bytes: Buffer) => bytes.writeUInt8(0x5a, Math.floor(bytes.length * 0.25))

describe('the operator', () => {
  it('is told once of a damaged batch, and what stands before and behind it is fetched', async () => {
    const told = problemsTold()
    const { fetched } = await servedFile(damageThird)
    const before = await fetched(0)
    expect(before?.errorCode).toBe(none)
    expect(offsetsIn(before as NonNullable<typeof before>)).toEqual([0, 1])
    for (let i = 0; i < 20; i++) expect((await fetched(2))?.errorCode).toBe(corruptMessage)
    expect(told.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^storage fault \(clicks-0\): .*; restore the file, or stop.* repair$/),
    ])
    expect((await fetched(3))?.errorCode).toBe(none)
  })

  it('is told once of a segment that somebody cut short', async () => {
    const told = problemsTold()
    const { path, fetched } = await servedFile(() => {})
    expect((await fetched(0))?.errorCode).toBe(none)
    truncateSync(path, 100)
    for (let i = 0; i < 20; i++) expect((await fetched(0))?.errorCode).toBe(kafkaStorageError)
    expect(told.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^storage fault \(clicks-0\): .*; find what changes the files, then/),
    ])
  })

  it('is told nothing of what clients ask wrongly', async () => {
    const told = problemsTold()
    const { client, fetched } = await servedFile(() => {})
    const batch = batchOfRecords([{ value }])
    const codeOf = async (topic: string, bytes: Buffer) =>
      (await produce(client, topic, bytes)).errorCode
    expect(await codeOf('other', batch)).toBe(unknownTopicOrPartition)
    const damaged = Buffer.from(batch)
    damaged.writeUInt8(damaged.readUInt8(80) ^ 1, 80)
    expect(await codeOf('clicks', damaged)).toBe(corruptMessage)
    const lying = changed(batch, (bytes) => bytes.writeInt32BE(7, 57))
    expect(await codeOf('clicks', lying)).not.toBe(none)
    expect((await fetched(1000))?.errorCode).toBe(offsetOutOfRange)
    expect(told).toEqual([])
  })
})
