// The brokers that are compared, each in a process of its own: ours, and Apache Kafka.
import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { kafkaClassPath } from '../../test/kafka/kafka-jars.mjs'
import { CLI } from '../lib/needs.mjs'

/**
 * @typedef {object} RunningBroker
 * @property {string} name
 * @property {number} pid
 * @property {string} address
 * @property {number} readyMs from its start to its first answer
 * @property {() => Promise<void>} stop
 */

/** @typedef {'os' | 'sync'} Durability `os`: when the kernel likes; `sync`: before the acknowledgement */

const firstAnswerMs = 60_000

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set()

// Nothing outlives what started it, however that ends.
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130))

/** In the form of server.properties, which both take. */
const flushes = {
  os: 'log.flush.interval.messages=9223372036854775807',
  sync: 'log.flush.interval.messages=1',
}

/**
 * @param {'duramen' | 'kafka'} name
 * @param {string} directory
 * @param {Durability} durability
 * @returns {Promise<RunningBroker>}
 */
export async function startBroker(name, directory, durability) {
  const port = await freePort()
  const dir = join(directory, `${name}-${durability}`)
  mkdirSync(dir, { recursive: true })
  const command = await commands[name](dir, port, flushes[durability])
  const begun = performance.now()
  const log = openSync(`${dir}.log`, 'w')
  const child = spawn(command.program, command.args, { stdio: ['ignore', log, log] })
  closeSync(log)
  running.add(child)
  const ended = new Promise((resolve) => child.once('close', resolve))
  void ended.then(() => running.delete(child))
  const answers = firstAnswer(port, () => child.exitCode !== null)
  if (!(await answers)) {
    child.kill('SIGKILL')
    throw new Error(`${name} did not start:\n${readFileSync(`${dir}.log`, 'utf8').slice(-2000)}`)
  }
  const readyMs = performance.now() - begun
  const stop = async () => {
    child.kill('SIGTERM')
    await ended
  }
  return { name, pid: Number(child.pid), address: `127.0.0.1:${port}`, readyMs, stop }
}

const commands = {
  /** @type {(dir: string, port: number, flush: string) => Promise<{program: string, args: string[]}>} */
  duramen: async (dir, port, flush) => {
    const settings = ['--set', flush, '--set', 'group.initial.rebalance.delay.ms=0']
    const listen = ['--listen', `127.0.0.1:${port}`]
    return { program: process.execPath, args: [CLI, 'serve', '--dir', dir, ...listen, ...settings] }
  },
  /** @type {(dir: string, port: number, flush: string) => Promise<{program: string, args: string[]}>} */
  kafka: async (dir, port, flush) => {
    const file = `${dir}.properties`
    const controller = await freePort()
    writeFileSync(file, `${kafkaProperties(dir, port, controller)}\n${flush}\n`)
    const java = ['-cp', kafkaClassPath()]
    const format = ['kafka.tools.StorageTool', 'format', '-t', 'MkU3OEVBNTcwNTJENDM2Qk', '-c', file]
    await run('java', [...java, ...format])
    const heap = ['-Xms1g', '-Xmx1g', '-XX:+UseG1GC']
    return { program: 'java', args: [...heap, ...java, 'kafka.Kafka', file] }
  },
}

/**
 * @param {string} dir
 * @param {number} port
 * @param {number} controller
 */
function kafkaProperties(dir, port, controller) {
  return [
    'process.roles=broker,controller',
    'node.id=1',
    `controller.quorum.voters=1@127.0.0.1:${controller}`,
    `listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller}`,
    `advertised.listeners=PLAINTEXT://127.0.0.1:${port}`,
    'controller.listener.names=CONTROLLER',
    'listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    `log.dirs=${dir}`,
    'offsets.topic.replication.factor=1',
    'transaction.state.log.replication.factor=1',
    'transaction.state.log.min.isr=1',
    'share.coordinator.state.topic.replication.factor=1',
    'share.coordinator.state.topic.min.isr=1',
    'group.initial.rebalance.delay.ms=0',
  ].join('\n')
}

/** @returns {Promise<number>} a port that nobody listens at */
function freePort() {
  return new Promise((resolve) => {
    const server = createServer()
    server.listen(0, '127.0.0.1', () => {
      const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
      server.close(() => resolve(port))
    })
  })
}

// ApiVersions, version 0, correlation id 1, no client id.
const question = Buffer.from('0000000a0012000000000001ffff', 'hex')

/**
 * @param {number} port
 * @param {() => boolean} isOver
 * @returns {Promise<boolean>}
 */
async function firstAnswer(port, isOver) {
  const until = performance.now() + firstAnswerMs
  while (performance.now() < until && !isOver()) {
    if (await asked(port)) return true
    await pause(2)
  }
  return false
}

/**
 * @param {number} port
 * @returns {Promise<boolean>}
 */
function asked(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(question))
    const end = (/** @type {boolean} */ answered) => {
      socket.destroy()
      resolve(answered)
    }
    socket.once('data', () => end(true))
    socket.once('error', () => end(false))
    socket.once('close', () => end(false))
  })
}

/**
 * What a program printed; fails where it does.
 * @param {string} program
 * @param {string[]} args
 * @returns {Promise<string>}
 */
export function run(program, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    running.add(child)
    let output = ''
    let errors = ''
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output += text
    })
    child.stderr.setEncoding('utf8').on('data', (text) => {
      errors += text
    })
    child.once('error', reject)
    child.once('close', (code) => {
      running.delete(child)
      if (code === 0) resolve(output)
      else reject(new Error(`${program} ended with ${code}: ${errors.slice(-1000)}`))
    })
  })
}

/** @param {string} name of a file beside this one */
export const besideThis = (name) => fileURLToPath(new URL(name, import.meta.url))
