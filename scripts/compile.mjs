// Compiles src/ to dist/ with tsc, and copies what is CommonJS there.
import { copyFileSync, existsSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { dropStamp, filesBelow, hashOf, readStamp, writeStamp } from './stamp.mjs'
import { fail, packageFolder, packageVersion, root, runHere, secondsSince } from './tools.mjs'

const source = join(root, 'src')
const dist = join(root, 'dist')
/** CommonJS with its types, as it stands: the compiler's settings are those of ESM. */
const copiedEndings = ['.cjs', '.d.cts']
const stampFile = join(root, '.cache/dist.json')

/** Compiles unless sources, configuration, compiler and output are those of the last run. */
export function compile() {
  const typescript = packageFolder('typescript')
  if (!typescript || !existsSync(source)) {
    // A published package, or an installation without dev dependencies over a built tree.
    if (!existsSync(dist)) fail('dist/ is missing: install with dev dependencies')
    return
  }
  const compiled = filesBelow(source, ['.ts'])
  const copied = filesBelow(source, copiedEndings)
  const sources = [...compiled, ...copied]
  const configs = ['tsconfig.json', 'tsconfig.build.json'].map((name) => join(root, name))
  const key = hashOf(root, [...sources, ...configs], packageVersion('typescript'))
  const outputs = new Set([...compiled.flatMap(outputsOf), ...copied.map(copyOf)])
  if (readStamp(stampFile)?.key === key && [...outputs].every((file) => existsSync(file))) {
    console.log('duramen: dist/ is up to date')
    return
  }
  const start = performance.now()
  dropStamp(stampFile)
  const status = runHere(process.execPath, [
    join(typescript, 'bin/tsc'),
    '-p',
    'tsconfig.build.json',
  ])
  if (status !== 0) fail('src/ did not compile (see above)')
  for (const file of copied) copyFileSync(file, copyOf(file))
  // What a removed source left behind would otherwise be published.
  for (const file of filesBelow(dist, ['.js', '.d.ts', ...copiedEndings]))
    if (!outputs.has(file)) rmSync(file)
  writeStamp(stampFile, { key })
  console.log(`duramen: compiled src/ in ${secondsSince(start)}`)
}

function outputsOf(file) {
  const stem = join(dist, relative(source, file).slice(0, -'.ts'.length))
  return [`${stem}.js`, `${stem}.d.ts`]
}

function copyOf(file) {
  return join(dist, relative(source, file))
}
