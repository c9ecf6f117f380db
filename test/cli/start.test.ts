import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { writeSampleLog } from '../../src/cli/sample-log.js'
import { temporaryDirectory } from '../support/logs.js'
import { startCommand } from './command.js'

const program = join(import.meta.dirname, '../../dist/cli/start.js')

it('npm start takes a file, and works a second time', async () => {
  const cwd = temporaryDirectory()
  const file = join(cwd, 'my log.txt')
  await writeSampleLog(file, 3_000_000)
  writeFileSync(file, 'last', { flag: 'a' })
  const lines = readFileSync(file, 'utf8').split('\n').length
  for (const times of [1, 2]) {
    const { code, stdout, stderr } = await startCommand([file], { cwd, program }).ended
    expect([code, stderr]).toEqual([0, ''])
    for (const step of ['append', 'read'])
      expect(stdout).toMatch(new RegExp(`${step} +${lines} rec`))
    expect(stdout).toContain('what was read is what was written')
    expect(stdout).toMatch(new RegExp(`verify +${times * lines} records .*: sound`))
    expect(stdout).toMatch(/files +data\/my-log-0: \d\.\d MB, indexes \d+ bytes/)
  }
})

it('npm start says what is wrong with a file, and makes nothing', async () => {
  const cwd = temporaryDirectory()
  const { code, stderr } = await startCommand(['none.txt'], { cwd, program }).ended
  expect([code, existsSync(join(cwd, 'data'))]).toEqual([1, false])
  expect(stderr).toBe('duramen: ERR_NOT_FOUND: none.txt does not exist; check the name\n')
})

it('npm start goes on where nobody reads what it says', async () => {
  const cwd = temporaryDirectory()
  writeFileSync(join(cwd, 'some.txt'), 'a line\n')
  const { child, ended } = startCommand(['some.txt'], { cwd, program })
  child.stdout.destroy()
  expect(await ended).toMatchObject({ code: 0, stderr: '' })
})

it('the sample log is the same each time, and of about the size that is asked for', async () => {
  const files = ['a', 'b'].map((name) => join(temporaryDirectory(), name))
  for (const file of files) await writeSampleLog(file, 2_500_000)
  const [a, b] = files.map((file) => readFileSync(file))
  expect(a?.equals(b ?? a)).toBe(true)
  expect(statSync(files[0] ?? '').size).toBeGreaterThan(2_500_000)
  expect(statSync(files[0] ?? '').size).toBeLessThan(4_000_000)
})
