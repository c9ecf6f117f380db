// What a number was measured on: printed above every report.
import { execFileSync } from 'node:child_process'
import { readFileSync, statfsSync } from 'node:fs'
import os from 'node:os'
import { fileURLToPath } from 'node:url'

const FILE_SYSTEMS = new Map([
  [0xef53, 'ext4'],
  [0x58465342, 'xfs'],
  [0x01021994, 'tmpfs'],
  [0x9123683e, 'btrfs'],
  [0xf2f52010, 'f2fs'],
  [0x794c7630, 'overlayfs'],
])

/**
 * @typedef {object} Environment
 * @property {string} commit with `+` when files differ from it
 * @property {string} node
 * @property {string} cpu
 * @property {number} cores
 * @property {string} memory
 * @property {string} kernel
 * @property {string} fileSystem
 * @property {number} load one-minute load average before the first trial
 * @property {string} date
 */

/**
 * @param {string} directory where the trials keep their files
 * @returns {Environment}
 */
export function environment(directory) {
  const cpus = os.cpus()
  return {
    commit: commit(),
    node: process.version,
    cpu: cpus[0]?.model.trim() ?? 'unknown',
    cores: cpus.length,
    memory: `${Math.round(os.totalmem() / 2 ** 30)} GiB`,
    kernel: `${os.type()} ${os.release()} ${os.arch()}`,
    fileSystem: fileSystem(directory),
    load: Math.round((os.loadavg()[0] ?? 0) * 100) / 100,
    date: new Date().toISOString().slice(0, 16).replace('T', ' '),
  }
}

/** @returns {string} */
function commit() {
  const git = (/** @type {string[]} */ ...args) =>
    execFileSync('git', args, {
      cwd: fileURLToPath(new URL('.', import.meta.url)),
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  try {
    return git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain') === '' ? '' : '+')
  } catch {
    return 'none'
  }
}

/**
 * @param {string} directory
 * @returns {string}
 */
function fileSystem(directory) {
  const type = statfsSync(directory).type
  const name = FILE_SYSTEMS.get(type) ?? `type 0x${type.toString(16)}`
  return `${name}${mountOptions(directory)}`
}

/**
 * The options of the mount that holds `directory`: barriers and journal modes decide what a flush
 * costs.
 * @param {string} directory
 * @returns {string}
 */
function mountOptions(directory) {
  try {
    const holding = readFileSync('/proc/self/mounts', 'utf8')
      .split('\n')
      .map((line) => line.split(' '))
      .filter(([, at]) => at === '/' || directory === at || directory.startsWith(`${at}/`))
      .sort((a, b) => (b[1]?.length ?? 0) - (a[1]?.length ?? 0))[0]
    return holding ? ` (${holding[3]})` : ''
  } catch {
    return ''
  }
}
