import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryDirectory } from '../support/logs.js'

const root = resolve(import.meta.dirname, '../..')
const program = join(import.meta.dirname, 'readme.mjs')

function run(...documents: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...documents], {
    cwd: root,
    encoding: 'utf8',
  })
  return { status, text: `${stdout}${stderr}` }
}

describe('the examples', () => {
  it('of README and docs/ run as they stand', () => {
    expect(run()).toEqual({ status: 0, text: expect.stringContaining(' 0 failed') })
  }, 120_000)

  it.each([
    ['program that throws', '```js\nthrow new Error("broken")\n```', 'broken'],
    ['program whose import is gone', "```js\nimport { no } from 'duramen/log'\n```", 'SyntaxError'],
    ['command that fails', '```sh\nduramen consume missing\n```', 'ERR_NOT_FOUND'],
    ['command that fails before a pipe', '```sh\nduramen no | cat\n```', 'ERR_USAGE'],
    ['document without any', '', '0 examples'],
  ])('are reported: a %s', (_, markdown, reason) => {
    const document = join(temporaryDirectory(), 'broken.md')
    writeFileSync(document, `# Title\n\n${markdown}\n`)
    expect(run(document)).toEqual({ status: 1, text: expect.stringContaining(reason) })
  })
})
