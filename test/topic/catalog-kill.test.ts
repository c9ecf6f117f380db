import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { PartitionLog } from '../../src/log/index.js'
import { preparePartitions, type Topic, TopicCatalog } from '../../src/topic/index.js'
import { temporaryDirectory } from '../support/logs.js'

const program = join(import.meta.dirname, 'change-topics.mjs')
const cycles = 12

/** Lines of the program, which is killed once it has written so many of them. */
async function linesOfKilled(directory: string, from: number, enough: number): Promise<string[]> {
  const child = spawn(process.execPath, [program, directory, String(from)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  child.stdout.on('data', (chunk) => {
    text += chunk
    if (text.split('\n').length > enough) child.kill('SIGKILL')
  })
  const [code] = await once(child, 'close')
  expect(code).toBeNull()
  // The last one may be cut off.
  return text.split('\n').slice(0, -1)
}

/** What a topic may be: one value where its last change was acknowledged, else two. */
interface Allowed {
  readonly there: Set<boolean>
  readonly retentionMs: Set<number>
  readonly partitions: Set<number>
}

/** Follows the lines from what was found before; a change that only began may be there or not. */
function follow(lines: readonly string[], found: readonly Topic[]): Map<string, Allowed> {
  const topics = new Map(found.map((topic) => [topic.name, allowedOf(topic)]))
  for (const line of lines) {
    const [state, what, name, value] = line.split(' ')
    const allowed = topics.get(name) ?? absent()
    topics.set(name, allowed)
    const set = <T>(values: Set<T>, next: T) => {
      if (state === 'done') values.clear()
      values.add(next)
    }
    if (what === 'delete') set(allowed.there, false)
    if (what === 'alter') set(allowed.retentionMs, Number(value))
    if (what === 'add') set(allowed.partitions, Number(value))
    if (what !== 'create') continue
    set(allowed.there, true)
    allowed.retentionMs.clear()
    allowed.retentionMs.add(Number(value))
    allowed.partitions.clear()
    allowed.partitions.add(3)
  }
  return topics
}

function allowedOf({ partitions, config }: Topic): Allowed {
  return {
    there: new Set([true]),
    retentionMs: new Set([config.retentionMs as number]),
    partitions: new Set([partitions]),
  }
}

function absent(): Allowed {
  return { there: new Set([false]), retentionMs: new Set(), partitions: new Set() }
}

async function checkFiles(directory: string, topics: readonly Topic[]): Promise<void> {
  const expected: string[] = []
  for (const topic of topics) {
    const numbers = Array.from({ length: topic.partitions }, (_, number) => number)
    for (const path of await preparePartitions(directory, topic, numbers)) {
      const log = await PartitionLog.open(path, { flush: 'os' })
      await log.close()
      const metadata = readFileSync(join(path, 'partition.metadata'), 'utf8')
      expect(metadata).toBe(`version: 0\ntopic_id: ${topic.id}`)
    }
    expected.push(...numbers.map((number) => `${topic.name}-${number}`))
  }
  // Nothing half-made or half-deleted is left, in no form.
  const names = readdirSync(directory).filter((name) => /^t-|delete|topics\./.test(name))
  expect(names.sort()).toEqual(expected.sort())
}

it('a process killed while it makes and deletes topics leaves each as it was, or as it was to be', async () => {
  const directory = temporaryDirectory()
  let found: readonly Topic[] = []
  let unfinished = 0
  for (let cycle = 0; cycle < cycles; cycle++) {
    const lines = await linesOfKilled(directory, cycle * 5, 1 + cycle * 3)
    if (lines.at(-1)?.startsWith('begin')) unfinished++
    const allowed = follow(lines, found)
    const catalog = await TopicCatalog.open(directory)
    found = catalog.list()
    for (const [name, { there, retentionMs, partitions }] of allowed) {
      const topic = catalog.find(name)
      expect(there).toContain(topic !== undefined)
      if (topic === undefined) continue
      expect(retentionMs).toContain(topic.config.retentionMs)
      expect(partitions).toContain(topic.partitions)
    }
    await checkFiles(directory, found)
    await catalog.close()
  }
  // Else no kill hit anything.
  expect(unfinished).toBeGreaterThan(0)
}, 120_000)
