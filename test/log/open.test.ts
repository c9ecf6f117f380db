import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'
import { PartitionLog } from '../../src/log/index.js'
import { processAgent, threadAgent } from '../support/agent.js'
import {
  codeOf,
  faultOf,
  openLog,
  partitionPath,
  readAll,
  records,
  temporaryDirectory,
} from '../support/logs.js'

const openFault = (directory: string, options = {}) =>
  faultOf(() => PartitionLog.open(directory, options))
const openCode = async (directory: string, options = {}) =>
  (await openFault(directory, options))?.code

describe('open', () => {
  it('makes the directory, and takes topic and partition from its name', async () => {
    const log = await openLog(join(temporaryDirectory(), 'deep', 'my.topic-x-12'))
    expect(log).toMatchObject({ topic: 'my.topic-x', partition: 12, logEndOffset: 0 })
    const odd = await openLog(join(temporaryDirectory(), 'no partition'))
    expect(odd).toMatchObject({ topic: 'no partition', partition: 0 })
    expect(odd.options).toMatchObject({ flush: 'sync', segmentBytes: 2 ** 30 })
  })

  it('takes a relative path, one with a slash at its end, and one through a link', async () => {
    const directory = partitionPath()
    const log = await openLog(`${relative(process.cwd(), directory)}/`)
    expect(log).toMatchObject({ directory, topic: 'clicks' })
    await log.append(records('a'))
    const link = join(temporaryDirectory(), 'views-1')
    symlinkSync(directory, link)
    const linked = await openLog(link)
    expect(await codeOf(() => linked.append(records('b')))).toBe('ERR_NOT_APPENDER')
    expect(linked).toMatchObject({ topic: 'views', partition: 1, logEndOffset: 1 })
  })

  it('refuses a directory that does not exist, where it may not make it', async () => {
    const directory = partitionPath()
    const fault = await openFault(directory, { create: false })
    expect(fault).toMatchObject({ code: 'ERR_NOT_FOUND', path: directory })
    expect(await openCode(directory, { readOnly: true })).toBe('ERR_NOT_FOUND')
    expect(readdirSync(dirname(directory))).toEqual([])
  })

  it('refuses a path below a link that leads nowhere', async () => {
    const link = join(temporaryDirectory(), 'link')
    symlinkSync(`${link}-target`, link)
    expect(await openCode(join(link, 'clicks-0'))).toBe('ERR_NOT_FOUND')
  })

  it('refuses a file, and a path below one', async () => {
    const file = join(temporaryDirectory(), 'file')
    writeFileSync(file, 'text')
    for (const options of [{}, { readOnly: true }, { create: false }]) {
      expect(await openCode(file, options)).toBe('ERR_NOT_A_DIRECTORY')
      expect(await openCode(join(file, 'below'), options)).toBe('ERR_NOT_A_DIRECTORY')
    }
  })

  it.each(['photo.jpg', 'package.json', 'meta.properties', 'clicks-0', '.git', '123.log'])(
    'refuses a directory that holds %s, and leaves it alone',
    async (name) => {
      const directory = temporaryDirectory()
      if (name.includes('.') && name !== '.git') writeFileSync(join(directory, name), 'x')
      else mkdirSync(join(directory, name))
      expect(await openCode(directory)).toBe('ERR_FOREIGN_DIRECTORY')
      expect(await openCode(directory, { readOnly: true })).toBe('ERR_FOREIGN_DIRECTORY')
      expect(readdirSync(directory)).toEqual([name])
    },
  )

  it('takes a log’s directory that holds something besides', async () => {
    const directory = partitionPath()
    const log = await openLog(directory)
    await log.append(records('a'))
    await log.close()
    writeFileSync(join(directory, 'notes.txt'), 'mine')
    expect(await readAll(await openLog(directory))).toHaveLength(1)
  })

  it('refuses a directory that another process has open, and names it', async () => {
    const directory = partitionPath()
    const owner = processAgent()
    await owner.open(directory)
    await owner.call('append', records('a'))
    const fault = await openFault(directory)
    expect(fault).toMatchObject({ code: 'ERR_LOCKED', retriable: true })
    expect(fault?.message).toContain(`${owner.pid}`)
    const reader = await openLog(directory, { readOnly: true })
    expect(await readAll(reader)).toHaveLength(1)
    await owner.end()
    const log = await openLog(directory)
    expect(await readAll(log)).toHaveLength(1)
  })

  it('may be called from many threads at once: one appends, all read', async () => {
    const directory = partitionPath()
    const agents = [threadAgent(), threadAgent(), threadAgent()]
    await Promise.all(agents.map((agent) => agent.open(directory)))
    const answers = await Promise.all(agents.map((agent) => agent.call('append', records('a'))))
    expect(answers.filter((answer) => answer === 'ERR_NOT_APPENDER')).toHaveLength(2)
    for (const agent of agents) {
      expect(await agent.call('read', 0)).toMatchObject({ values: ['a'] })
    }
  })

  it('may be called many times at once in one thread', async () => {
    const directory = partitionPath()
    const logs = await Promise.all(Array.from({ length: 20 }, () => openLog(directory)))
    const codes = await Promise.all(logs.map((log) => codeOf(() => log.append(records('a')))))
    expect(codes.filter((code) => code === 'no error')).toHaveLength(1)
    await Promise.all(logs.map((log) => log.close()))
    expect(await readAll(await openLog(directory))).toHaveLength(1)
  })

  it('refuses other options than those the log is open with here', async () => {
    const directory = partitionPath()
    await openLog(directory, { segmentBytes: 8192 })
    expect(await openCode(directory, { segmentBytes: 4096 })).toBe('ERR_OPTIONS_DIFFER')
    expect(await openCode(directory, { segmentBytes: 8192, flush: 'os' })).toBe(
      'ERR_OPTIONS_DIFFER',
    )
    const reader = await openLog(directory, { readOnly: true })
    expect(reader.logEndOffset).toBe(0)
    await openLog(directory, { segmentBytes: 8192 })
  })

  it.each([
    { segmentbytes: 4096 },
    { segmentBytes: 4095 },
    { segmentBytes: 2 ** 31 },
    { segmentBytes: '4096' },
    { segmentMs: 0 },
    { indexIntervalBytes: -1 },
    { segmentIndexBytes: 63 },
    { maxMessageBytes: 60 },
    { writeAheadBytes: 1 },
    { leaderEpoch: -1 },
    { leaderEpoch: 0.5 },
    { flush: 'never' },
    { flush: null },
    { recovery: 'lenient' },
    { checkCrcs: true },
    { readOnly: 1 },
    { create: 'yes' },
  ])('refuses the options %o by name and value', async (options) => {
    const directory = partitionPath()
    const fault = await openFault(directory, options)
    const [[name, value]] = Object.entries(options) as [[string, unknown]]
    expect(fault).toMatchObject({ code: 'ERR_INVALID_OPTION', kafkaCode: 40 })
    expect(fault?.message).toContain(name)
    if (name !== 'segmentbytes') expect(fault?.message).toContain(String(value))
    expect(readdirSync(dirname(directory))).toEqual([])
  })

  it.each(['', undefined, null, 5, {}])('refuses %o as a directory', async (directory) => {
    expect(await openCode(directory as string)).toBe('ERR_INVALID_ARGUMENT')
  })

  it('refuses a directory name with a zero byte', async () => {
    expect(await openCode(`${partitionPath()}\0x`)).toBe('ERR_INVALID_ARGUMENT')
  })
})
