// Proves that the native tests can fail: puts one fault after the other into a copy of the core and
// runs the tests that must find it. node scripts/test-broken.mjs [PARTS OF NAMES...]
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { mutations } from '../test/native/mutations.mjs'
import { buildTarget } from './native-build.mjs'
import { filesBelow } from './stamp.mjs'
import { fail, root, secondsSince, which } from './tools.mjs'

const limitMs = 300_000
const tree = join(root, '.cache', 'broken', 'tree')
const folder = join(root, '.cache', 'broken', 'build')
// Little optimising: most of the time goes into compiling.
const options = { CMAKE_BUILD_TYPE: 'Debug', CMAKE_CXX_FLAGS_DEBUG: '-O1' }

const textOf = (file) => readFileSync(join(root, file), 'utf8')

/** Only where it differs, so that no more than needed is compiled again. */
function put(file, text) {
  const path = join(tree, file)
  mkdirSync(dirname(path), { recursive: true })
  let before = null
  try {
    before = readFileSync(path, 'utf8')
  } catch {}
  if (before !== text) writeFileSync(path, text)
}

function copyTree() {
  const files = ['native', 'test/native']
    .flatMap((room) => filesBelow(join(root, room), ['.cc', '.h']))
    .map((path) => relative(root, path))
  for (const file of [...files, 'CMakeLists.txt']) put(file, textOf(file))
}

function build(name) {
  if (!buildTarget({ source: tree, folder, target: 'duramen_test', options })) {
    fail(`the core does not compile with "${name}"; mend that entry of test/native/mutations.mjs`)
  }
}

/** Of the failing calls and power cuts more than in a short run. A test that dies or hangs has failed, too. */
function passes(test) {
  const result = spawnSync(
    join(folder, 'duramen_test'),
    [test, '--every', '5', '--cuts', '10000'],
    {
      encoding: 'utf8',
      timeout: limitMs,
      killSignal: 'SIGKILL',
    },
  )
  return result.status === 0
}

function mutate({ name, file, text, instead }) {
  const original = textOf(file)
  if (original.split(text).length !== 2) {
    fail(`"${name}" is not found once in ${file}; mend that entry of test/native/mutations.mjs`)
  }
  put(
    file,
    original.replace(text, () => instead),
  )
}

/** The tests that did not notice. */
function survivors(mutation) {
  mutate(mutation)
  build(mutation.name)
  const passed = mutation.fail.filter(passes)
  put(mutation.file, textOf(mutation.file))
  return passed
}

if (!which('cmake')) fail('CMake is needed to build the core anew for each fault; install it')
const start = performance.now()
const parts = process.argv.slice(2)
const chosen = mutations.filter(
  ({ name }) => parts.length === 0 || parts.some((part) => name.includes(part)),
)
if (chosen.length === 0) fail(`no fault is called ${parts.join(' or ')}`)
copyTree()
build('no fault at all')
const tests = new Set(chosen.flatMap((mutation) => mutation.fail))
for (const test of tests) if (!passes(test)) fail(`${test} fails without any fault`)

let missed = 0
for (const mutation of chosen) {
  const passed = survivors(mutation)
  missed += passed.length
  const found = `found by ${mutation.fail.length} of ${mutation.fail.length} tests`
  console.log(`${mutation.name}: ${passed.length ? `MISSED by ${passed.join(', ')}` : found}`)
}
console.log(`${chosen.length} broken builds, ${missed} tests missed one, ${secondsSince(start)}`)
process.exit(missed === 0 ? 0 : 1)
