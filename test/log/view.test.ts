import { readFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough, Writable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { filledLog, segmentFile, threeViews } from '../support/filled-log.js'
import {
  codeOf,
  type LogView,
  openLog,
  type PartitionLog,
  partitionPath,
  records,
  valuesOf,
} from '../support/logs.js'

describe('a view', () => {
  it('gives fresh records each time it is iterated', async () => {
    const log = await openLog()
    await log.append(records('a', 'b'))
    const view = await log.read(0)
    const [first, second] = [...view]
    const [again] = [...view]
    expect(first).not.toBe(second)
    expect(again).not.toBe(first)
    expect(again).toEqual(first)
    expect([String(first?.value), String(second?.value)]).toEqual(['a', 'b'])
  })

  it('has the bytes that stand in the file', async () => {
    const log = await filledLog()
    await log.flush()
    const view = await log.read(0)
    expect(segmentFile(log, 0).subarray(0, view.sizeInBytes).equals(view.bytes)).toBe(true)
  })

  it('leaves control records out, unless a cursor asks for them', async () => {
    const log = await openLog()
    await log.append(records('data'))
    const commit = { key: Buffer.from([0, 0, 0, 1]), value: Buffer.alloc(6) }
    const marker = { isControl: true, isTransactional: true, producerId: 1, producerEpoch: 0 }
    await log.append(commit, marker)
    await log.append(records('more'))
    const view = await log.read(0)
    expect(valuesOf(view)).toEqual(['data', 'more'])
    const cursor = view.cursor({ includeControl: true })
    const offsets: number[] = []
    while (cursor.next()) offsets.push(cursor.offset)
    expect(offsets).toEqual([0, 1, 2])
  })

  it('throws once it is released, and its Buffers stay valid', async () => {
    for (const view of await threeViews(await filledLog())) {
      const { bytes } = view
      const copy = Buffer.from(bytes)
      const [record] = view
      const value = String(record?.value)
      view.release()
      view.release()
      expect(await codeOf(() => view.bytes)).toBe('ERR_VIEW_RELEASED')
      expect(await codeOf(() => view.cursor())).toBe('ERR_VIEW_RELEASED')
      expect(await codeOf(() => [...view])).toBe('ERR_VIEW_RELEASED')
      expect(await codeOf(() => view.writeTo(new PassThrough()))).toBe('ERR_VIEW_RELEASED')
      expect(bytes.equals(copy)).toBe(true)
      expect(String(record?.value)).toBe(value)
    }
  })

  it('is released at the end of its using block', async () => {
    const log = await openLog()
    await log.append(records('a'))
    const view = await log.read(0)
    view[Symbol.dispose]()
    expect(await codeOf(() => view.bytes)).toBe('ERR_VIEW_RELEASED')
    const empty = await log.read(1)
    empty.release()
    expect(await codeOf(() => empty.bytes)).toBe('ERR_VIEW_RELEASED')
  })

  it.each<[string, (log: PartitionLog) => Promise<void>]>([
    ['close', (log) => log.close()],
    ['deleteBefore', (log) => log.deleteBefore(2500)],
    ['truncateTo', (log) => log.truncateTo(0)],
  ])('stays readable after %s', async (_, change) => {
    const log = await filledLog()
    const views = await threeViews(log)
    const late = await threeViews(log)
    const before = views.map((view) => Buffer.from(view.bytes))
    const first = [...(views[0] as LogView)][0]
    await change(log)
    views.forEach((view, i) => {
      expect(view.bytes.equals(before[i] as Buffer)).toBe(true)
    })
    // Its Buffer is first asked for when the file is gone.
    late.forEach((view, i) => {
      expect(view.bytes.equals(before[i] as Buffer)).toBe(true)
      expect(view.valid).toBe(true)
    })
    expect(String(first?.value)).toBe('0'.padStart(1000, '.'))
  })

  it('stays as it was when other records take its offsets', async () => {
    const log = await filledLog()
    const views = await threeViews(log)
    const before = views.map((view) => Buffer.from(view.bytes))
    await log.truncateTo(0)
    for (let i = 0; i < 2500; i++) await log.append({ value: 'other'.padStart(1000, '-') })
    views.forEach((view, i) => {
      expect(view.bytes.equals(before[i] as Buffer)).toBe(true)
    })
    expect(valuesOf(await log.read(0, { maxBytes: 1 }))).toEqual(['other'.padStart(1000, '-')])
  })
})

describe('writeTo', () => {
  it('writes the batches as they stand', async () => {
    const log = await filledLog()
    const view = await log.read(100)
    const stream = new PassThrough()
    const received = buffer(stream)
    await Promise.all([view.writeTo(stream).then(() => stream.end()), received])
    expect((await received).equals(view.bytes)).toBe(true)
  })

  it('may be released before the stream has taken them', async () => {
    const log = await filledLog()
    const view = await log.read(100)
    const expected = Buffer.from(view.bytes)
    let finish = () => {}
    let taken: Buffer | undefined
    const slow = new Writable({
      write(chunk: Buffer, _, done) {
        taken = chunk
        finish = done
      },
    })
    const written = view.writeTo(slow)
    view.release()
    await log.close()
    finish()
    await written
    expect(taken?.equals(expected)).toBe(true)
  })

  it('rejects with what the stream reports', async () => {
    const log = await openLog()
    await log.append(records('a'))
    const fault = new Error('gone')
    const broken = new Writable({ write: (_chunk, _encoding, done) => done(fault) })
    broken.on('error', () => {})
    await expect((await log.read(0)).writeTo(broken)).rejects.toBe(fault)
  })
})

describe('sendTo', () => {
  /** What comes out, and how many bytes it says that were taken; a file takes all. */
  async function sent(from: number, most: number) {
    const log = await openLog(partitionPath(), { segmentBytes: 2 ** 20 })
    while (log.info.segmentCount < 2) await log.append({ value: Buffer.alloc(10_000, 'abc') })
    using view = await log.read(0, { maxBytes: 100_000 })
    const path = join(log.directory, 'sent')
    const file = await open(path, 'w')
    const taken = view.sendTo(file.fd, Buffer.from('head'), from, most, Buffer.from('tail'))
    await file.close()
    return { taken, found: readFileSync(path), bytes: Buffer.from(view.bytes) }
  }

  it.each([0, 5000])('gives what stands from %d on, between head and tail', async (from) => {
    const { taken, found, bytes } = await sent(from, 2 ** 20)
    const wanted = Buffer.concat([Buffer.from('head'), bytes.subarray(from), Buffer.from('tail')])
    expect(found.equals(wanted)).toBe(true)
    expect(taken).toBe(wanted.length)
  })

  it('gives no tail where there is more than what it may give', async () => {
    const { taken, found, bytes } = await sent(5000, 1000)
    const wanted = Buffer.concat([Buffer.from('head'), bytes.subarray(5000, 6000)])
    expect(found.equals(wanted)).toBe(true)
    expect(taken).toBe(wanted.length)
  })
})
