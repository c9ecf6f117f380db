import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { memoryDirectory } from '../support/logs.js'

const program = join(import.meta.dirname, 'lonely-member.mjs')

function outputOf(mode: string): string {
  const args = [program, memoryDirectory(), mode]
  return execFileSync(process.execPath, args, { encoding: 'utf8', timeout: 25_000 })
}

it('a process whose members wait for nothing may end', () => {
  expect(outputOf('stable')).toBe('generation 1\n')
})

it('a process lives as long as one of its members waits to join', () => {
  expect(outputOf('waiting')).toBe('generation 2\n')
})
