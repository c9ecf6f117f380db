import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { succeed } from '../cli/command.js'
import { temporaryDirectory } from '../support/logs.js'

const root = resolve(import.meta.dirname, '../..')
const folder = join(root, 'examples')
const programs = readdirSync(folder).filter((name) => name.endsWith('.mjs'))
const textOf = (name: string) => readFileSync(join(folder, name), 'utf8')

function run(program: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    cwd: root,
    encoding: 'utf8',
  })
  return { status, stdout, stderr }
}

/** The program with a fault, where `duramen` can be imported. */
function broken(name: string, [from, to]: readonly [from: string, to: string]): string {
  const text = textOf(name)
  expect(text).toContain(from)
  mkdirSync(join(root, '.cache'), { recursive: true })
  const scratch = mkdtempSync(join(root, '.cache/example-'))
  onTestFinished(() => rmSync(scratch, { recursive: true }))
  writeFileSync(join(scratch, name), text.replace(from, to))
  return join(scratch, name)
}

describe.each(programs)('%s', (name) => {
  it('proves what it says, in a directory that is given, and leaves a sound log there', async () => {
    const dir = join(temporaryDirectory(), 'data')
    const { status, stdout, stderr } = run(join(folder, name), dir)
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/\d/)
    expect(await succeed(['verify', dir])).toMatch(/: sound\n$/)
  }, 60_000)

  it('is short, and stands in the README of the examples', () => {
    expect(textOf(name).split('\n').length).toBeLessThan(120)
    expect(textOf('README.md')).toContain(`[${name}](${name})`)
  })
})

describe('an example whose promise is broken ends with an error:', () => {
  it.each([
    ['ingest-log.mjs', ['received.update(value)', "received.update('')"], 'not what was sent'],
    ['work-queue.mjs', ["work('Bob', 50)", "work('Bob')"], 'was not done again'],
    ['event-store.mjs', ['if (record.timestamp < noon)', 'if (true)'], 'are not the day'],
    ['store-and-forward.mjs', ['of records)', 'of records.slice(1))'], 'is missing'],
  ] as const)(
    '%s',
    (name, fault, message) => {
      const { status, stderr } = run(broken(name, fault))
      expect([status, stderr]).toEqual([1, expect.stringContaining(message)])
    },
    60_000,
  )
})
