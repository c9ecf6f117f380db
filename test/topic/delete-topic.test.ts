import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { PartitionLog } from '../../src/log/index.js'
import { preparePartitions } from '../../src/topic/index.js'
import { codeOf, records, valuesOf } from '../support/logs.js'
import { fill, openCatalog, partitionsIn, pathOf, reopened } from './catalogs.js'

describe('deleting a topic', () => {
  it('removes it with its directories, and no other', async () => {
    const catalog = await openCatalog()
    for (const name of ['a', 'a-1', 'b']) await catalog.create(name, { partitions: 2 })
    for (const name of ['a', 'a-1', 'b']) await fill(catalog, name)
    await catalog.delete('a')
    expect(partitionsIn(catalog.directory)).toEqual(['a-1-0', 'a-1-1', 'b-0', 'b-1'])
    const again = await reopened(catalog)
    expect(again.list().map(({ name }) => name)).toEqual(['a-1', 'b'])
  })

  it('is certain before the logs are closed, and removes nothing before', async () => {
    const catalog = await openCatalog()
    await catalog.create('clicks')
    await fill(catalog, 'clicks')
    await catalog.delete('clicks', async () => {
      expect(catalog.find('clicks')).toBeUndefined()
      expect(catalog.list()).toEqual([])
      expect(readFileSync(pathOf(catalog), 'utf8')).toContain('"deleting":true')
      expect(partitionsIn(catalog.directory)).toEqual(['clicks-0'])
    })
    expect(partitionsIn(catalog.directory)).toEqual([])
  })

  it('is finished by a second call where the logs did not close', async () => {
    const catalog = await openCatalog()
    await catalog.create('clicks')
    await fill(catalog, 'clicks')
    const failing = catalog.delete('clicks', () => Promise.reject(new Error('busy')))
    await expect(failing).rejects.toThrow('busy')
    expect(await codeOf(() => catalog.create('clicks'))).toBe('ERR_TOPIC_EXISTS')
    expect(await codeOf(() => catalog.get('clicks'))).toBe('ERR_NOT_FOUND')
    await catalog.delete('clicks')
    expect(partitionsIn(catalog.directory)).toEqual([])
    await catalog.create('clicks')
  })

  it('is finished by opening where it was interrupted, at any point', async () => {
    const hex = (id: string) => Buffer.from(id, 'base64url').toString('hex')
    for (const renamed of [0, 1, 2]) {
      const catalog = await openCatalog()
      const { id } = await catalog.create('clicks', { partitions: 2 })
      await fill(catalog, 'clicks')
      await catalog.delete('clicks', () => Promise.reject(new Error('killed'))).catch(() => {})
      for (let number = 0; number < renamed; number++) {
        const from = join(catalog.directory, `clicks-${number}`)
        mkdirSync(join(catalog.directory, `clicks-${number}.${hex(id)}-delete`))
        rmSync(from, { recursive: true })
      }
      expect(partitionsIn(catalog.directory).length).toBe(2)
      const reader = await openCatalog(catalog.directory, { readOnly: true })
      expect(reader.list()).toEqual([])
      const again = await reopened(catalog)
      expect(again.list()).toEqual([])
      expect(partitionsIn(catalog.directory)).toEqual([])
      expect(readFileSync(pathOf(catalog), 'utf8')).not.toContain('clicks')
    }
  })

  it('leaves what is read in the hands of who reads it', async () => {
    const catalog = await openCatalog()
    const topic = await catalog.create('clicks')
    const [path] = await preparePartitions(catalog.directory, topic, [0])
    const log = await PartitionLog.open(path, { flush: 'os' })
    await log.append(records(...Array.from({ length: 1000 }, () => 'x'.repeat(1000))))
    const view = await log.read(0)
    await catalog.delete('clicks', () => log.close())
    expect(existsSync(path)).toBe(false)
    expect(valuesOf(view).every((value) => value === 'x'.repeat(1000))).toBe(true)
    expect(view.valid).toBe(true)
  })

  it('leaves no offsets for a topic that is made under its name again', async () => {
    const catalog = await openCatalog()
    const kafka = join(catalog.directory, 'replication-offset-checkpoint')
    for (const name of ['clicks', 'other']) {
      await catalog.create(name)
      await fill(catalog, name)
    }
    writeFileSync(kafka, '0\n2\nclicks 0 3\nother 0 3\n')
    await catalog.delete('clicks')
    expect(readFileSync(kafka, 'utf8')).toBe('0\n1\nother 0 3\n')
    const topic = await catalog.create('clicks')
    const [path] = await preparePartitions(catalog.directory, topic, [0])
    const log = await PartitionLog.open(path, { flush: 'os' })
    expect([log.logStartOffset, log.logEndOffset]).toEqual([0, 0])
    await log.close()
    const other = await PartitionLog.open(join(catalog.directory, 'other-0'))
    expect([other.logStartOffset, other.logEndOffset]).toEqual([2, 3])
    await other.close()
  })

  it('that Kafka had begun is finished by opening the directory, and takes nothing else away', async () => {
    const catalog = await openCatalog()
    await catalog.create('clicks')
    await fill(catalog, 'clicks')
    const hex = 'c0ffee0123456789c0ffee0123456789'
    const gone = `clicks-1.${hex}-delete`
    const kept = [
      `clicks-2.${hex}-stray`,
      `clicks-3.${hex}-future`,
      'notes-delete',
      `x-1.${hex}-deleted`,
    ]
    for (const name of [gone, ...kept]) {
      mkdirSync(join(catalog.directory, name))
      writeFileSync(join(catalog.directory, name, '00000000000000000000.log'), 'bytes')
    }
    const again = await reopened(catalog)
    expect(existsSync(join(again.directory, gone))).toBe(false)
    for (const name of kept) expect(existsSync(join(again.directory, name))).toBe(true)
    expect(again.list().map(({ name, partitions }) => [name, partitions])).toEqual([['clicks', 1]])
  })
})
