// Apache Kafka's tools for the shell: what bin/kafka-*.sh would start, each in a JVM of its own.
import { execFile, spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { kafkaClassPath } from '../../kafka/kafka-jars.mjs'
import { bootstrap } from '../feature.mjs'

const classes = {
  'kafka-broker-api-versions': 'BrokerApiVersionsCommand',
  'kafka-configs': 'kafka.admin.ConfigCommand',
  'kafka-console-consumer': 'consumer.ConsoleConsumer',
  'kafka-console-producer': 'ConsoleProducer',
  'kafka-consumer-groups': 'consumer.group.ConsumerGroupCommand',
  'kafka-consumer-perf-test': 'ConsumerPerformance',
  'kafka-delete-records': 'DeleteRecordsCommand',
  'kafka-get-offsets': 'GetOffsetShell',
  'kafka-log-dirs': 'LogDirsCommand',
  'kafka-producer-perf-test': 'ProducerPerformance',
  'kafka-topics': 'TopicCommand',
  'kafka-verifiable-consumer': 'VerifiableConsumer',
  'kafka-verifiable-producer': 'VerifiableProducer',
}

const limitMs = 50_000

// Starts in 1 s rather than 2: a tool lives too briefly for the second compiler and threads of GC.
// What it logs would stand among what it prints.
const jvm = [
  ...['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-cp', kafkaClassPath()],
  '-Dorg.apache.logging.log4j.level=OFF',
]

function command(name, args) {
  const known = classes[name]
  const main = known.startsWith('kafka.') ? known : `org.apache.kafka.tools.${known}`
  // The one that knows no --bootstrap-server has it among --producer-props.
  const server = known === 'ProducerPerformance' ? [] : ['--bootstrap-server', bootstrap]
  return [...jvm, main, ...server, ...args]
}

/** What a tool prints; `input` is what it reads. @throws Error with what it said where it fails */
export async function tool(name, args, input = '') {
  const options = { timeout: limitMs, maxBuffer: 1 << 26 }
  const running = promisify(execFile)('java', command(name, args), options)
  running.child.stdin.on('error', () => {})
  running.child.stdin.end(input)
  try {
    return (await running).stdout
  } catch ({ stdout, stderr, code }) {
    throw new Error(`${name} ended with ${code}: ${stdout.slice(-500)}${stderr.slice(-2000)}`)
  }
}

/** Tells of each line that a tool at work has printed. */
const told = new EventEmitter()

/** A tool that stays: its lines as they come. It ends when it is told to, or with this program. */
export function staying(name, args) {
  const child = spawn('java', command(name, args), { stdio: ['pipe', 'pipe', 'ignore'] })
  process.once('exit', () => child.kill('SIGKILL'))
  const ended = once(child, 'close')
  const lines = []
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line)
    told.emit('line')
  })
  return {
    lines,
    write: (text) => child.stdin.write(text),
    async until(condition) {
      while (!condition()) await once(told, 'line')
    },
    async end() {
      child.kill('SIGTERM')
      await ended
    },
  }
}

export const linesOf = (text) => text.split('\n').slice(0, -1)
