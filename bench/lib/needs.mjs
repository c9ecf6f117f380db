// What a case needs beyond Node, got ready on demand. A peer that cannot be had is skipped, and
// that is said; a missing build of our own is a failure.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { cpus } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const BENCH = fileURLToPath(new URL('..', import.meta.url))
const ROOT = dirname(BENCH.replace(/\/$/, ''))
const COMPARE = join(BENCH, 'compare')
const FLOORS_BUILD = join(ROOT, 'build', 'bench')

/** The program of bench/native: floors that JavaScript cannot measure. */
export const FLOORS_PROGRAM = join(FLOORS_BUILD, 'duramen_floors')

/** The command line's entry point. */
export const CLI = join(ROOT, 'dist', 'cli', 'main.js')

/** @typedef {(line: string) => void} Say */

/**
 * @typedef {object} Unmet
 * @property {string} [skipped]
 * @property {string} [error]
 */

const OURS = new Set(['engine', 'record', 'cli', 'tinybench'])

/**
 * Answers, once for each need, why it cannot be met.
 *
 * Needs: `engine`, `record`, `cli` (built by `npm run build`), `floors` (CMake), `tinybench`,
 * `peer:NAME` (bench/compare), `node:MAJOR`, `program:NAME`.
 * @param {Say} say
 * @returns {(needs: string[]) => Unmet}
 */
export function needs(say) {
  /** @type {Map<string, string | undefined>} */
  const known = new Map()
  /** @type {{ reason: string | undefined } | undefined} */
  let peers
  const check = (/** @type {string} */ need) => {
    const [kind, name = ''] = need.split(':')
    if (kind === 'engine') return built('dist/log/index.js')
    if (kind === 'record') return built('dist/record/index.js')
    if (kind === 'cli') return built('dist/cli/main.js')
    if (kind === 'tinybench') return resolvable('tinybench')
    if (kind === 'floors') return buildFloors(say)
    if (kind === 'program') return runnable(name)
    if (kind === 'node') return nodeAtLeast(Number(name))
    peers ??= { reason: installPeers(say) }
    if (existsSync(join(COMPARE, 'node_modules', name, 'package.json'))) return undefined
    return peers.reason ?? `${name} could not be built on this machine`
  }
  return (wanted) => {
    for (const need of wanted) {
      if (!known.has(need)) known.set(need, check(need))
      const reason = known.get(need)
      if (reason) return OURS.has(need) ? { error: reason } : { skipped: reason }
    }
    return {}
  }
}

/** @param {string} file */
function built(file) {
  return existsSync(join(ROOT, file)) ? undefined : `${file} is not built; run npm run build`
}

/** @param {string} name */
function resolvable(name) {
  try {
    createRequire(join(BENCH, 'x.js')).resolve(name)
    return undefined
  } catch {
    return `${name} is not installed; run npm ci`
  }
}

/** @param {string} name */
function runnable(name) {
  try {
    run(name, ['--version'])
    return undefined
  } catch {
    return `there is no program ${name} here`
  }
}

/** @param {number} major */
function nodeAtLeast(major) {
  if (Number(process.versions.node.split('.')[0]) >= major) return undefined
  return `needs Node ${major}, this is ${process.version}`
}

/**
 * @param {Say} say
 * @returns {string | undefined}
 */
function buildFloors(say) {
  say('building the native floors (bench/native)')
  try {
    const configure = [
      '-S',
      join(BENCH, 'native'),
      '-B',
      FLOORS_BUILD,
      '-DCMAKE_BUILD_TYPE=Release',
    ]
    run('cmake', configure)
    run('cmake', ['--build', FLOORS_BUILD, '-j', String(cpus().length)])
    return undefined
  } catch (error) {
    return `the native floors did not build: ${lastLine(error)}`
  }
}

/**
 * Installs bench/compare for this Node: mmap-io is compiled against one version of V8.
 * @param {Say} say
 * @returns {string | undefined}
 */
function installPeers(say) {
  const stamp = join(COMPARE, 'node_modules', '.built-for')
  const lock = readFileSync(join(COMPARE, 'package-lock.json'), 'utf8')
  const wanted = `${process.versions.modules} ${process.arch} ${lock.length}`
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return undefined
  say('installing the peers (npm ci in bench/compare)')
  try {
    const prefix = dirname(dirname(process.execPath))
    const headers = existsSync(join(prefix, 'include', 'node', 'node_version.h'))
    run('npm', ['ci', '--no-audit', '--no-fund'], {
      cwd: COMPARE,
      env: {
        ...withoutNpmSettings(),
        PATH: dirname(process.execPath) + delimiter + process.env.PATH,
        CXXFLAGS: '-std=c++20', // mmap-io asks for C++17; V8's headers in Node 24 need 20
        ...(headers ? { npm_config_nodedir: prefix } : {}),
      },
    })
    writeFileSync(stamp, wanted)
    return undefined
  } catch (error) {
    return `the peers were not installed: ${lastLine(error)}`
  }
}

/** Under `npm run` the outer npm's settings would steer the inner one. */
function withoutNpmSettings() {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^npm_(lifecycle|package|command|config_local_prefix)/.test(name),
    ),
  )
}

/**
 * @param {string} program
 * @param {string[]} args
 * @param {import('node:child_process').ExecFileSyncOptions} [options]
 */
function run(program, args, options) {
  execFileSync(program, args, { ...options, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

/** @param {unknown} error */
function lastLine(error) {
  const { stderr, message } = /** @type {{ stderr?: string, message: string }} */ (error)
  return (stderr || message).trim().split('\n').slice(-3).join(' ')
}
