// Builds and runs the native test program: node scripts/test-native.mjs [--sanitize LIST] [ARGS...]
// Arguments that it does not know go to the program.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { filesBelow } from './stamp.mjs'
import { compiler, fail, root, runHere, runQuietly, secondsSince, which } from './tools.mjs'

const { values, positionals } = parseArgs({
  options: { sanitize: { type: 'string', default: '' } },
  allowPositionals: true,
})
const folder = join(root, '.cache', `native-${values.sanitize.replace(',', '-') || 'plain'}`)
const program = join(folder, 'duramen_test')

function buildWithCMake() {
  const cache = join(folder, 'CMakeCache.txt')
  const isOurs = () => readFileSync(cache, 'utf8').includes(`DIRECTORY:INTERNAL=${root}\n`)
  if (existsSync(cache) && !isOurs()) rmSync(folder, { recursive: true })
  const type = values.sanitize ? 'RelWithDebInfo' : 'Release'
  const options = {
    DURAMEN_TESTS: 'ON',
    DURAMEN_SANITIZE: values.sanitize,
    DURAMEN_WERROR: process.env.DURAMEN_WERROR ? 'ON' : 'OFF',
    CMAKE_BUILD_TYPE: type,
  }
  const defines = Object.entries(options).map(([name, value]) => `-D${name}=${value}`)
  return (
    runQuietly('cmake', ['-S', root, '-B', folder, ...defines]) &&
    runQuietly('cmake', [
      '--build',
      folder,
      '--target',
      'duramen_test',
      '--parallel',
      String(availableParallelism()),
    ])
  )
}

function buildWithCompiler() {
  mkdirSync(folder, { recursive: true })
  const rooms = ['native/util', 'native/io', 'native/log', 'test/native']
  const sources = rooms.flatMap((room) => filesBelow(join(root, room), ['.cc']))
  const flags = ['-std=c++20', '-O1', '-pthread', '-Inative', '-Itest/native']
  if (values.sanitize) flags.push('-g', `-fsanitize=${values.sanitize}`)
  return runQuietly(compiler(), [...flags, ...sources, '-o', program])
}

/** Address layouts of newer kernels are too random for ThreadSanitizer's fixed shadow memory. */
function withFixedAddresses(command) {
  const wrap = values.sanitize.includes('thread') && which('setarch')
  return wrap ? [wrap, '-R', ...command] : command
}

const start = performance.now()
if (!compiler()) fail('a C++20 compiler is needed for the native tests; install g++ or clang++')
const built = which('cmake') ? buildWithCMake() : buildWithCompiler()
if (!built) fail('the native tests did not compile (see above)')
console.log(`duramen: native tests ready in ${secondsSince(start)}`)
const [command, ...args] = withFixedAddresses([program, ...positionals])
process.exit(
  runHere(command, args, {
    ASAN_OPTIONS: process.env.ASAN_OPTIONS ?? 'detect_stack_use_after_return=1',
    UBSAN_OPTIONS: process.env.UBSAN_OPTIONS ?? 'print_stacktrace=1',
    TSAN_OPTIONS: process.env.TSAN_OPTIONS ?? 'halt_on_error=1',
  }),
)
