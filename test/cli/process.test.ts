import { execFileSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryDirectory } from '../support/logs.js'
import { duramen, shell, startCommand, succeed } from './command.js'

const values = async (dir: string) => succeed(['consume', 'clicks', '--dir', dir])
const numbers = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => `${from + i}\n`).join('')

describe('a process', () => {
  it('exits with 2 and says why on standard error when it is called wrongly', async () => {
    const { code, stdout, stderr } = await startCommand(['consume']).ended
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/^duramen: ERR_USAGE: consume needs TOPIC/)
  })

  it('exits with 1 when it fails', async () => {
    const { code, stderr } = await startCommand(['topics', 'list', '--dir', '/none']).ended
    expect([code, stderr]).toEqual([1, expect.stringContaining('ERR_NOT_FOUND')])
  })
})

describe('produce reads standard input', () => {
  it('from a pipe', async () => {
    const dir = temporaryDirectory()
    const outcome = await shell('seq 200000 | "$@"', ['produce', 'clicks', '--dir', dir])
    expect(outcome).toMatchObject({ code: 0, stdout: '' })
    expect(await values(dir)).toBe(numbers(1, 200_000))
  })

  it('from a file, from where the shell stands in it', async () => {
    const dir = temporaryDirectory()
    const file = join(dir, 'file')
    writeFileSync(file, 'taken\nleft\nover\n')
    const script = `{ head -c 6 >/dev/null; "$@"; } < ${file}`
    await shell(script, ['produce', 'clicks', '--dir', join(dir, 'data')])
    expect(await values(join(dir, 'data'))).toBe('left\nover\n')
  })

  it('and with --file from a named pipe', async () => {
    const dir = temporaryDirectory()
    const args = ['produce', 'clicks', '--dir', dir]
    const outcome = await shell('"$@" --file <(seq 5000)', args)
    expect(outcome).toMatchObject({ code: 0 })
    expect(await values(dir)).toBe(numbers(1, 5000))
  })

  it('and with --file from a named pipe that is opened later, or never', async () => {
    const dir = temporaryDirectory()
    const pipe = join(dir, 'pipe')
    execFileSync('mkfifo', [pipe])
    const args = ['produce', 'clicks', '--dir', join(dir, 'data'), '--file', pipe]
    const waiting = startCommand(args)
    await expect.poll(() => existsSync(join(dir, 'data/clicks-0')), { timeout: 5000 }).toBe(true)
    waiting.child.kill('SIGINT')
    expect(await waiting.ended).toMatchObject({ code: 130 })
    const outcome = await shell(`(sleep 0.3; seq 3 >${pipe}) & "$@"`, args)
    expect(outcome).toMatchObject({ code: 0 })
    expect(await values(join(dir, 'data'))).toBe(numbers(1, 3))
  })

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('until %s, and keeps the whole lines that came before', async (signal, code) => {
    const dir = temporaryDirectory()
    const { child, ended } = startCommand(['produce', 'clicks', '--dir', dir])
    child.stdin.write('one\ntwo\nhalf')
    const ready = async () => {
      const outcome = await duramen(['consume', 'clicks', '--dir', dir])
      return outcome.stdout
    }
    await expect.poll(ready, { timeout: 5000 }).toBe('one\ntwo\n')
    child.kill(signal)
    expect(await ended).toMatchObject({ code })
    expect(await values(dir)).toBe('one\ntwo\n')
    expect(await succeed(['verify', dir])).toContain('sound')
  })
})
