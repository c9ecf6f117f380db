// Builds programs of the native tests: with CMake, or with the compiler alone where there is none.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { filesBelow } from './stamp.mjs'
import { compiler, fail, root, runQuietly, secondsSince, which } from './tools.mjs'

/** Runs CMake for `target` of the tree at `source`; false where it does not compile. */
export function buildTarget({ source = root, folder, target, options = {} }) {
  const cache = join(folder, 'CMakeCache.txt')
  const isOurs = () => readFileSync(cache, 'utf8').includes(`DIRECTORY:INTERNAL=${source}\n`)
  if (existsSync(cache) && !isOurs()) rmSync(folder, { recursive: true })
  const all = {
    DURAMEN_TESTS: 'ON',
    DURAMEN_WERROR: process.env.DURAMEN_WERROR ? 'ON' : 'OFF',
    ...options,
  }
  const defines = Object.entries(all).map(([name, value]) => `-D${name}=${value}`)
  const parallel = ['--parallel', String(availableParallelism())]
  return (
    runQuietly('cmake', ['-S', source, '-B', folder, ...defines]) &&
    runQuietly('cmake', ['--build', folder, '--target', target, ...parallel])
  )
}

function buildWithCompiler(program, sanitize) {
  const rooms = ['native/util', 'native/io', 'native/log', 'test/native']
  const sources = rooms.flatMap((room) => filesBelow(join(root, room), ['.cc']))
  const flags = ['-std=c++20', '-O1', '-pthread', '-Inative', '-Itest/native']
  if (sanitize) flags.push('-g', `-fsanitize=${sanitize}`)
  return runQuietly(compiler(), [...flags, ...sources, '-o', program])
}

/** The native test program, built under the sanitizers of a list such as `address,undefined`. */
export function buildTests(sanitize) {
  const start = performance.now()
  const folder = join(root, '.cache', `native-${sanitize.replace(',', '-') || 'plain'}`)
  const program = join(folder, 'duramen_test')
  if (!compiler()) fail('a C++20 compiler is needed for the native tests; install g++ or clang++')
  mkdirSync(folder, { recursive: true })
  const type = sanitize ? 'RelWithDebInfo' : 'Release'
  const options = { DURAMEN_SANITIZE: sanitize, CMAKE_BUILD_TYPE: type }
  const built = which('cmake')
    ? buildTarget({ folder, target: 'duramen_test', options })
    : buildWithCompiler(program, sanitize)
  if (!built) fail('the native tests did not compile (see above)')
  console.log(`duramen: native tests ready in ${secondsSince(start)}`)
  return program
}

/** How sanitizers are to behave, where the environment does not say. */
export const sanitizerSettings = {
  ASAN_OPTIONS: process.env.ASAN_OPTIONS ?? 'detect_stack_use_after_return=1',
  UBSAN_OPTIONS: process.env.UBSAN_OPTIONS ?? 'print_stacktrace=1',
  TSAN_OPTIONS: process.env.TSAN_OPTIONS ?? 'halt_on_error=1',
}
