// Fuzzes the native core under AddressSanitizer and UBSan, every target in turn:
//   node scripts/test-fuzz.mjs [--seconds N] [--seed N] [--target NAME]
// With libFuzzer where clang++ has it, else with the driver in test/native/fuzz_entry.cc.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { buildTarget, buildTests, sanitizerSettings } from './native-build.mjs'
import { fail, root, runHere, which } from './tools.mjs'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    target: { type: 'string', default: '' },
  },
})

const entry = readFileSync(join(root, 'test/native/fuzz_entry.cc'), 'utf8')
const targets = [...entry.matchAll(/^ {6}\{"(\w+)", Fuzz/gm)]
  .map((match) => match[1])
  .filter((name) => !values.target || name === values.target)
if (targets.length === 0) fail(`there is no fuzz target ${values.target}`)

function hasLibFuzzer(clang) {
  const probe = ['-x', 'c++', '-', '-fsanitize=fuzzer', '-o', '/dev/null']
  const input = 'extern "C" int LLVMFuzzerTestOneInput(const char*, unsigned long) { return 0; }\n'
  return spawnSync(clang, probe, { input }).status === 0
}

/** Runs one target; whether it found nothing, and what libFuzzer says it did. */
function fuzz(program, target, scratch) {
  const corpus = join(scratch, target)
  mkdirSync(corpus)
  const args = [
    corpus,
    `-max_total_time=${values.seconds}`,
    `-seed=${values.seed}`,
    '-max_len=4096',
    '-print_final_stats=1',
    `-artifact_prefix=${root}/.cache/fuzz-`,
  ]
  const env = { DURAMEN_FUZZ_TARGET: target, DURAMEN_FUZZ_CORPUS: corpus }
  const result = spawnSync(program, args, {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: { ...process.env, ...sanitizerSettings, ...env },
  })
  const units = /number_of_executed_units: (\d+)/.exec(result.stderr)?.[1] ?? '?'
  const covered = [...result.stderr.matchAll(/cov: (\d+)/g)].at(-1)?.[1] ?? '?'
  const word = result.status === 0 ? 'nothing found' : 'FAILED'
  console.log(`fuzz ${target}: ${units} inputs, ${covered} edges, seed ${values.seed}: ${word}`)
  if (result.status !== 0) console.log(result.stderr.slice(-6000))
  return result.status === 0
}

function runLibFuzzer(clang) {
  const folder = join(root, '.cache', 'native-fuzz')
  const options = {
    CMAKE_CXX_COMPILER: clang,
    CMAKE_BUILD_TYPE: 'RelWithDebInfo',
    DURAMEN_SANITIZE: 'address,undefined',
    DURAMEN_FUZZ: 'ON',
  }
  if (!buildTarget({ folder, target: 'duramen_fuzz', options })) fail('the fuzzers did not compile')
  const scratch = mkdtempSync(join(tmpdir(), 'duramen-fuzz-'))
  const results = targets.map((target) => fuzz(join(folder, 'duramen_fuzz'), target, scratch))
  rmSync(scratch, { recursive: true })
  return results.every(Boolean) ? 0 : 1
}

function runOwnDriver() {
  const program = buildTests('address,undefined')
  const args = ['Fuzzed', '--seconds', values.seconds, '--seed', values.seed]
  return runHere(program, args, sanitizerSettings)
}

const clang = which('clang++')
process.exit(clang && hasLibFuzzer(clang) ? runLibFuzzer(clang) : runOwnDriver())
