import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { PartitionLog } from '../../src/log/index.js'
import { expectedPartitions, expectedRecords, unpackGolden } from '../support/golden.js'
import { memoryDirectory, openLog, plain, readAll } from '../support/logs.js'

const states = ['clean', 'unclean'] as const
const partitions = expectedPartitions('read_uncommitted')

function unpacked(state: 'clean' | 'unclean'): string {
  const root = memoryDirectory()
  unpackGolden(state, root)
  return root
}

/** Name, size, inode and hash of everything below `root`. */
function inventory(root: string): string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => {
      const path = join(root, name)
      const { size, ino } = statSync(path)
      if (statSync(path).isDirectory()) return `${name}/`
      const hash = createHash('sha256').update(readFileSync(path)).digest('hex')
      return `${name} ${size} ${ino} ${hash}`
    })
}

/** The end of the log; Kafka's consumer does not see a marker or a compacted record there. */
async function expectKafkasRecords(log: PartitionLog, partition: string): Promise<void> {
  const { beginningOffset, endOffset, records } = expectedRecords('read_uncommitted', partition)
  expect(log.logStartOffset, partition).toBe(beginningOffset)
  expect(log.logEndOffset, partition).toBe(endOffset)
  expect((await readAll(log)).map(plain), partition).toEqual(records)
}

it('the golden logs hold every topic', () => {
  expect(partitions.length).toBeGreaterThanOrEqual(13)
  expect(partitions).toContain('compacted-0')
})

describe.each(states)('a data directory of Apache Kafka that was left %s', (state) => {
  it('is read as Kafka read it, and not a byte of it changes', async () => {
    const root = unpacked(state)
    const before = inventory(root)
    const logs = await Promise.all(
      partitions.map((partition) => openLog(join(root, partition), { readOnly: true })),
    )
    for (const [i, log] of logs.entries()) await expectKafkasRecords(log, partitions[i] as string)
    await Promise.all(logs.map((log) => log.close()))
    expect(inventory(root)).toEqual(before)
  })

  it('is continued, all partitions open at once, and opens again as it was left', async () => {
    const root = unpacked(state)
    const open = () => Promise.all(partitions.map((name) => openLog(join(root, name))))
    const ends = new Map<string, number>()
    for (const [i, log] of (await open()).entries()) {
      const partition = partitions[i] as string
      expect(log.info.findings, partition).toEqual([])
      await expectKafkasRecords(log, partition)
      ends.set(partition, log.logEndOffset)
      const { baseOffset } = await log.append([{ key: 'k', value: partition }, { value: null }])
      expect(baseOffset, partition).toBe(ends.get(partition))
      await log.append({ value: 'compressed' }, { compression: 'zstd' })
      await log.close()
    }
    for (const [i, log] of (await open()).entries()) {
      const partition = partitions[i] as string
      const { records } = expectedRecords('read_uncommitted', partition)
      const found = await readAll(log)
      expect(found.slice(0, records.length).map(plain), partition).toEqual(records)
      expect(found.slice(records.length).map(({ value }) => value && String(value))).toEqual([
        partition,
        null,
        'compressed',
      ])
      expect(log.info.findings, partition).toEqual([])
      const { findings, nextOffset } = await log.verify()
      expect(findings, partition).toEqual([])
      expect(nextOffset, partition).toBe((ends.get(partition) as number) + 3)
      await log.close()
    }
  })

  it('is sound for verify before anything has opened it', async () => {
    const root = unpacked(state)
    for (const partition of partitions) {
      const log = await openLog(join(root, partition), { readOnly: true })
      expect((await log.verify()).findings, partition).toEqual([])
      await log.close()
    }
  })

  it('has the records of internal topics, too', async () => {
    const root = unpacked(state)
    const internal = readdirSync(root).filter((name) => /^__(consumer|transaction)/.test(name))
    expect(internal.length).toBeGreaterThan(0)
    let records = 0
    for (const name of internal) {
      const log = await openLog(join(root, name), { readOnly: true })
      records += (await readAll(log)).length
    }
    expect(records).toBeGreaterThan(0)
  })

  it('finds records by time as a search of all of them does', async () => {
    const root = unpacked(state)
    for (const partition of partitions) {
      const log = await openLog(join(root, partition), { readOnly: true })
      const { records } = expectedRecords('read_uncommitted', partition)
      const times = records.filter((_, i) => i % 37 === 0).map(({ timestamp }) => timestamp)
      for (const time of times.flatMap((at) => [at - 1, at, at + 1])) {
        const expected = records.find(({ timestamp }) => timestamp >= time)?.offset
        const found = await log.offsetForTimestamp(time)
        // A marker has a timestamp as well.
        if (partition.startsWith('transactions')) continue
        expect(found?.offset, `${partition} at ${time}`).toBe(expected)
      }
    }
  })
})

describe('the marker of a clean shutdown', () => {
  it('comes back once every partition that was opened is closed', async () => {
    const root = unpacked('clean')
    const marker = join(root, '.kafka_cleanshutdown')
    const isThere = () => statSync(marker, { throwIfNoEntry: false }) !== undefined
    expect(isThere()).toBe(true)
    const [first, second] = [
      await openLog(join(root, 'codec-none-0')),
      await openLog(join(root, 'codec-gzip-0')),
    ]
    expect(isThere()).toBe(false)
    await first.close()
    expect(isThere()).toBe(false)
    await second.close()
    expect(isThere()).toBe(true)
  })

  it('does not come where logs of an unclean directory were never recovered', async () => {
    const root = unpacked('unclean')
    const log = await openLog(join(root, 'codec-none-0'))
    await log.close()
    const marker = join(root, '.kafka_cleanshutdown')
    expect(statSync(marker, { throwIfNoEntry: false })).toBeUndefined()
    const again = await PartitionLog.open(join(root, 'codec-zstd-0'))
    expect(again.logEndOffset).toBe(expectedRecords('read_uncommitted', 'codec-zstd-0').endOffset)
    await again.close()
  })
})
