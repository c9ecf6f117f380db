// Finding and running the programs that the build scripts need.
import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')

const require = createRequire(join(root, 'package.json'))

/** Ends the program with one sentence that says what is wrong and what to do. */
export function fail(sentence) {
  console.error(`duramen: ${sentence}`)
  process.exit(1)
}

/** Full path of the first of `names` found on PATH, or null. */
export function which(...names) {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean)
  const candidates = names.flatMap((name) =>
    name.includes('/') ? [name] : folders.map((folder) => join(folder, name)),
  )
  return candidates.find(isExecutable) ?? null
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** The C++ compiler that CMake and node-gyp will pick too; null where there is none. */
export function compiler() {
  const chosen = process.env.CXX?.trim().split(/\s+/)[0]
  return chosen ? which(chosen) : which('c++', 'g++', 'clang++')
}

/** Folder of an installed package, or null. */
export function packageFolder(name) {
  try {
    return dirname(require.resolve(`${name}/package.json`))
  } catch {
    return null
  }
}

export function packageVersion(name) {
  const folder = packageFolder(name)
  return folder ? require(join(folder, 'package.json')).version : null
}

/**
 * Runs a command in the project's folder. Its output is kept back and shown only when it fails,
 * so that a good build prints one line.
 */
export function runQuietly(command, args) {
  const result = spawnSync(command, args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 26 })
  if (result.status === 0) return true
  process.stderr.write(`$ ${[command, ...args].join(' ')}\n${result.stdout}${result.stderr}`)
  if (result.error) process.stderr.write(`${result.error.message}\n`)
  return false
}

/** Runs a command in the project's folder with this terminal, and returns its exit code. */
export function runHere(command, args, env = {}) {
  const result = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  })
  if (result.error) fail(`${command} cannot be started: ${result.error.message}`)
  return result.status ?? 1
}

export function secondsSince(start) {
  return `${((performance.now() - start) / 1000).toFixed(1)} s`
}
