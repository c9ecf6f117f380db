import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { whyNoMounts } from '../support/agent.js'
import { temporaryDirectory } from '../support/logs.js'
import { duramen, shell, succeed } from './command.js'
import { valuesIn } from './topic-records.js'

const refusal = whyNoMounts()
if (refusal !== undefined) console.log(`a full disk is not tested: ${refusal}`)

describe('produce that fails in the middle', () => {
  const args = (dir: string) => ['produce', 'clicks', '--dir', dir, '--key-separator', '=']

  it('says how many records it kept, before the error, and that it made the topic', async () => {
    const { stderr } = await duramen(args(temporaryDirectory()), 'a=1\nb=2\nnone\n')
    const [made, kept, error] = stderr.split('\n')
    expect(made).toContain('made the topic clicks')
    expect(kept).toMatch(/: 2 records kept in clicks, then it failed$/)
    expect(error).toContain('ERR_INPUT: line 3')
  })

  it('does so as JSON', async () => {
    const dir = temporaryDirectory()
    for (const created of [true, false]) {
      const { code, stdout, stderr } = await duramen([...args(dir), '--json'], 'a=1\nnone\n')
      expect(code).toBe(1)
      expect(JSON.parse(stdout)).toMatchObject({ topic: 'clicks', created, records: 1 })
      const said = stderr.trimEnd().split('\n')
      expect(JSON.parse(said.at(-1) ?? '')).toMatchObject({ error: { code: 'ERR_INPUT' } })
      if (created) expect(JSON.parse(said[0] ?? '').note).toContain('made the topic clicks')
    }
  })

  it.skipIf(refusal !== undefined)('because the disk is full, keeps what it says', async () => {
    const dir = temporaryDirectory()
    const commands = [
      `mount -t tmpfs -o size=4m tmpfs ${dir}`,
      `yes ${'x'.repeat(999)} | head -n 9000 | "$@" produce clicks --batch-size 65536 --json --dir ${dir}`,
      `"$@" consume clicks --dir ${dir} | wc -l`,
    ]
    const { stdout, stderr } = await shell(`unshare -m sh -c '${commands.join('; ')}' sh "$@"`, [])
    const [report = '', kept] = stdout.split('\n')
    expect(stderr).toContain('ERR_NO_SPACE')
    expect(Number(kept)).toBeGreaterThan(0)
    expect(JSON.parse(report).records).toBe(Number(kept))
  })
})

describe('a line that no batch can hold', () => {
  it('stops produce with its number, keeping those before', async () => {
    const dir = temporaryDirectory()
    const input = `one\ntwo\n${'x'.repeat(2_000_000)}\nthree\n`
    const { code, stderr } = await duramen(['produce', 'clicks', '--dir', dir], input)
    expect(code).toBe(1)
    expect(stderr).toMatch(/ERR_BATCH_TOO_LARGE: line 3 of standard input .*--batch-size/)
    expect(await valuesIn(dir)).toEqual(['one', 'two'])
  })

  it('is not gathered in memory first', async () => {
    const dir = temporaryDirectory()
    let read = 0
    const endless = new Readable({
      read() {
        read++
        this.push(Buffer.alloc(1024 * 1024, 'x'))
      },
    })
    const { code } = await duramen(['produce', 'clicks', '--dir', dir], endless)
    expect(code).toBe(1)
    expect(read).toBeLessThan(16)
  })

  it('can be sent with a larger batch size', async () => {
    const dir = temporaryDirectory()
    const long = 'x'.repeat(2_000_000)
    await succeed(['produce', 'clicks', '--dir', dir, '--batch-size', '4000000'], `a\n${long}\nb\n`)
    expect(await valuesIn(dir)).toEqual(['a', long, 'b'])
  })
})
