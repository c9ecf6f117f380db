import { randomFill } from 'node:crypto'
import { readSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { loadNative } from '../../src/binding.js'
import { processAgent, threadAgent } from '../support/agent.js'
import { filledLog, filledOptions, segmentFile, threeViews } from '../support/filled-log.js'
import {
  batchSizes,
  openLog,
  type PartitionLog,
  partitionPath,
  readAll,
  records,
  valuesOf,
} from '../support/logs.js'

const count = 2500
const values = Array.from({ length: count }, (_, i) => `${i}`.padStart(1000, '.'))

/** In a sealed segment, and in the active one. */
const windows = [0, 2100]

/** The values of the records from `offset` on, in each of the ways in which they can be read. */
const ways: Record<string, (log: PartitionLog, offset: number) => Promise<string[]>> = {
  read: async (log, offset) => valuesOf(await log.read(offset)),
  readSync: async (log, offset) => valuesOf(log.readSync(offset)),
  tail: async (log, offset) => {
    for await (const view of log.tail(offset)) return valuesOf(view)
    return []
  },
  cursor: async (log, offset) => {
    const cursor = (await log.read(offset)).cursor()
    const found: string[] = []
    while (cursor.next()) found.push(String(cursor.value))
    return found
  },
}

/** Stores into a Buffer, from JavaScript, C++ and a thread of the pool. */
const stores: Record<string, (bytes: Buffer) => unknown> = {
  fill: (bytes) => bytes.fill(0xff),
  'an index': (bytes) => {
    bytes[70] = 0xff
  },
  Atomics: ({ buffer, byteOffset }) => Atomics.add(new Uint8Array(buffer, byteOffset), 70, 1),
  encodeInto: (bytes) => new TextEncoder().encodeInto('text', bytes),
  randomFill: (bytes) => promisify(randomFill)(bytes),
}

describe('writing to what a view gives', () => {
  it('reaches neither the file nor another process nor a later opening', async () => {
    const directory = partitionPath()
    const log = await filledLog(directory)
    const expected = (await readAll(log)).map((record) => String(record.value))
    for (let offset = 0; offset < 2500; ) {
      const view = await log.read(offset)
      offset = view.nextOffset
      view.bytes.fill(0xff)
    }
    // Into the page that holds the end of what was overwritten.
    for (let i = 0; i < 3; i++) await log.append({ value: `new ${i}` })
    const all = [...expected, 'new 0', 'new 1', 'new 2']
    expect(valuesOf(await log.read(2500))).toEqual(all.slice(2500))
    expect((await log.verify()).findings).toEqual([])

    const other = processAgent()
    await other.open(directory, { readOnly: true })
    const seen: string[] = []
    for (let offset = 0; offset < all.length; ) {
      const view = await other.call<{ values: string[]; nextOffset: number }>('read', offset)
      seen.push(...view.values)
      offset = view.nextOffset
    }
    expect(seen).toEqual(all)
    await log.close()
    const again = await openLog(directory, filledOptions)
    expect((await readAll(again)).map((record) => String(record.value))).toEqual(all)
  })

  it('shows in no later read of this process where the values were copies', async () => {
    const log = await openLog()
    await log.append(records('first', 'second'))
    const [first] = await log.read(0)
    first?.value?.fill('x')
    await log.append(records('third'))
    expect((await readAll(log)).map((record) => String(record.value))).toEqual([
      'first',
      'second',
      'third',
    ])
  })

  it('shows in no later read of this process where they were windows', async () => {
    const log = await filledLog()
    for (const view of await threeViews(log)) {
      const offset = view.fromOffset
      const before = Buffer.from(view.bytes)
      for (const record of view) record.value?.fill('x')
      await log.append({ value: 'more' })
      const again = await log.read(offset)
      expect(again.bytes.subarray(0, before.length).equals(before)).toBe(true)
    }
  })

  it.each(Object.entries(ways))('shows in no later %s', async (_, valuesFrom) => {
    const log = await filledLog()
    for (const offset of windows) {
      const view = await log.read(offset)
      view.bytes.fill(0xff)
      const found = await valuesFrom(log, offset)
      expect(found.length).toBeGreaterThan(100)
      expect(found).toEqual(values.slice(offset, offset + found.length))
    }
    expect((await readAll(log)).map((record) => String(record.value))).toEqual(values)
  })

  it.each(Object.entries(stores))('is noticed when it comes from %s', async (_, store) => {
    const log = await filledLog()
    const view = await log.read(0)
    const before = Buffer.from(view.bytes)
    await store(view.bytes)
    expect(view.bytes.equals(before)).toBe(false)
    expect((await log.read(0)).bytes.equals(before)).toBe(true)
  })

  it('leaves views that were taken before usable, with what was written in them', async () => {
    const log = await filledLog()
    for (const offset of windows) {
      const [view, overwritten] = [await log.read(offset), await log.read(offset)]
      for (const record of overwritten) record.value?.fill('x')
      expect(view.valid).toBe(true)
      expect(view.bytes.equals(overwritten.bytes)).toBe(true)
      expect(valuesOf(view).every((value) => value === 'x'.repeat(1000))).toBe(true)
      view.release()
    }
  })

  it('leaves reads their bounds, in whole batches', async () => {
    const log = await filledLog()
    const bounds = [1, 3000, 200_000]
    const sizes = async () => {
      const found: number[][] = []
      for (const offset of windows) {
        for (const maxBytes of bounds) {
          const view = await log.read(offset, { maxBytes })
          expect(view.nextOffset).toBe(offset + batchSizes(view).length)
          found.push(batchSizes(view))
        }
      }
      return found
    }
    const before = await sizes()
    for (const offset of windows) (await log.read(offset)).bytes.fill(0xff)
    expect(await sizes()).toEqual(before)
    expect(before.slice(0, 3).map((found) => found.length)).toEqual([1, 2, 186])
  })

  it('maps nothing more for a program that goes on writing', async () => {
    const log = await filledLog()
    const { pinnedBytes } = loadNative()
    const before = pinnedBytes()
    for (let i = 0; i < 50; i++) {
      for (const offset of windows) (await log.read(offset)).bytes.fill(0xff)
    }
    // One region of each of the two segments.
    expect(pinnedBytes() - before).toBeLessThanOrEqual(2 * filledOptions.segmentBytes)
  })

  it('is a matter of the thread that does it', async () => {
    const log = await filledLog()
    const worker = threadAgent()
    await worker.open(log.directory, filledOptions)
    for (const offset of windows) {
      const expected = Buffer.from((await log.read(offset)).bytes)
      const held = await log.read(offset)
      // A copy may go on where a window has to end.
      const inWorker = async () =>
        Buffer.from(await worker.call<Buffer>('bytes', offset)).subarray(0, expected.length)
      await worker.call('overwrite', offset)
      expect(expected.equals(await inWorker())).toBe(true)
      expect(held.bytes.equals(expected)).toBe(true)
      expect((await log.read(offset)).bytes.equals(expected)).toBe(true)
      held.bytes.fill(0)
      expect(expected.equals(await inWorker())).toBe(true)
    }
  })

  it('fails with EFAULT where a system call is to do it', async () => {
    const log = await filledLog()
    const file = await open(import.meta.filename)
    const [record] = await log.read(0)
    const value = record?.value as Buffer
    expect(() => readSync(file.fd, value)).toThrow(/EFAULT/)
    await expect(file.read(value)).rejects.toThrow(/EFAULT/)
    expect(String(value)).toBe(values[0])
    // As it is advised to do.
    expect(readSync(file.fd, (record?.copy().value ?? value) as Buffer)).toBeGreaterThan(0)
    await file.close()
  })

  it('does not follow a clone, nor a clone what is written', async () => {
    const log = await filledLog()
    const view = await log.read(0)
    const before = Buffer.from(view.bytes)
    const clone = Buffer.from(structuredClone(view.bytes))
    clone.fill(0xff)
    expect(view.bytes.equals(before)).toBe(true)
    const kept = structuredClone(view.bytes)
    view.bytes.fill(0xff)
    expect(before.equals(kept)).toBe(true)
    expect(segmentFile(log, 0).subarray(0, before.length).equals(before)).toBe(true)
  })
})
