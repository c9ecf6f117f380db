// Style and types: Biome, tsc over everything, clang-format where present. --fix formats.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { filesBelow } from './stamp.mjs'
import { packageFolder, root, runHere, which } from './tools.mjs'

const fix = process.argv.includes('--fix')
const node = process.execPath
const steps = [
  [
    'Biome',
    node,
    [join(packageFolder('@biomejs/biome'), 'bin/biome'), 'check', ...(fix ? ['--write'] : []), '.'],
  ],
]
if (!fix) steps.push(['tsc', node, [join(packageFolder('typescript'), 'bin/tsc'), '--noEmit']])

const clangFormat = which('clang-format')
const sources = ['native', 'test/native', 'bench/native']
  .map((folder) => join(root, folder))
  .filter((folder) => existsSync(folder))
  .flatMap((folder) => filesBelow(folder, ['.h', '.cc']))
if (clangFormat) {
  steps.push([
    'clang-format',
    clangFormat,
    [...(fix ? ['-i'] : ['--dry-run', '-Werror']), ...sources],
  ])
} else {
  console.log('lint: clang-format is not installed, so C++ was not checked')
}

let failed = false
for (const [name, command, args] of steps) {
  const ok = runHere(command, args) === 0
  console.log(`lint: ${name} ${ok ? 'is content' : 'found faults'}`)
  if (!ok && command === clangFormat) runHere(command, ['--version'])
  failed ||= !ok
}
process.exit(failed ? 1 : 0)
