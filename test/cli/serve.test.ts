import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { apis } from '../../src/protocol/index.js'
import { temporaryDirectory } from '../support/logs.js'
import { WireClient } from '../support/wire-client.js'
import { duramen, type Running, startCommand } from './command.js'

const anyPort = ['--listen', '127.0.0.1:0']

interface Serving extends Running {
  readonly line: string
  readonly port: number
}

/** A broker in a process of its own that has said where it listens. */
async function serving(...args: string[]): Promise<Serving> {
  const running = startCommand(['serve', ...args])
  const [first] = await Promise.race([
    once(running.child.stdout, 'data'),
    running.ended.then(({ stderr }) => Promise.reject(new Error(stderr))),
  ])
  const line = String(first)
  return { ...running, line, port: Number(/\d+$/m.exec(line)?.[0]) }
}

/** The number with which a topic was made, or not. */
async function createTopic(port: number, name: string): Promise<number> {
  const client = await WireClient.connect(port)
  const topics = [{ name, numPartitions: -1, replicationFactor: -1, assignments: [], configs: [] }]
  const answer = await client.ask(apis.createTopics, { topics, timeoutMs: 5000 })
  return answer.topics[0]?.errorCode ?? -1
}

async function topicsAt(port: number) {
  const client = await WireClient.connect(port)
  return (await client.ask(apis.metadata, { topics: null })).topics
}

describe('duramen serve', () => {
  it('says in one line what it serves and how to connect', async () => {
    const dir = temporaryDirectory()
    const { line, port } = await serving('--dir', dir, ...anyPort)
    const servers = `bootstrap.servers=127.0.0.1:${port}`
    expect(line).toBe(`serving 0 topics in ${dir}; connect clients with ${servers}\n`)
    expect(await createTopic(port, 'clicks')).toBe(0)
  })

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'stops by %s with exit code 0, and has everything when it is started again',
    async (signal) => {
      const dir = temporaryDirectory()
      const first = await serving('--dir', dir, ...anyPort, '--set', 'num.partitions=3')
      await createTopic(first.port, 'clicks')
      first.child.kill(signal)
      const stderr = `duramen: stopped by ${signal}; all is in ${dir}\n`
      expect(await first.ended).toMatchObject({ code: 0, stderr })
      const second = await serving('--dir', dir, ...anyPort, '--json')
      expect(JSON.parse(second.line)).toMatchObject({ directory: dir, topics: 1 })
      const { port } = new URL(`kafka://${JSON.parse(second.line).bootstrapServers}`)
      const [topic] = await topicsAt(Number(port))
      expect([topic.name, topic.partitions.length]).toEqual(['clicks', 3])
    },
  )

  it('listens at several addresses, and tells what it is to advertise', async () => {
    const dir = temporaryDirectory()
    const two = [...anyPort, ...anyPort, '--advertised', 'log.example.com:9093']
    const { child, line } = await serving('--dir', dir, ...two)
    expect(line).toContain('bootstrap.servers=log.example.com:9093,log.example.com:9093\n')
    child.kill()
  })

  it("takes Kafka's own example of server.properties, and says once what it has no use for", async () => {
    const dir = temporaryDirectory()
    const config = join(dir, 'server.properties')
    writeFileSync(config, kafkasExample(join(dir, 'logs')))
    const { child, ended, line, port } = await serving('--config', config)
    expect(line).toContain(`in ${join(dir, 'logs')}; `)
    expect(await createTopic(port, 'clicks')).toBe(0)
    child.kill('SIGTERM')
    const { code, stderr } = await ended
    expect(code).toBe(0)
    const [note] = stderr.split('\n')
    expect(note).toMatch(/^duramen: without effect here: process\.roles, controller\.quorum/)
    expect(stderr.split('\n')).toHaveLength(3)
    expect(existsSync(join(dir, 'logs', 'meta.properties'))).toBe(true)
  })

  it('takes a port alone as one of localhost', async () => {
    const { child, ended, line } = await serving('--dir', temporaryDirectory(), '--listen', '0')
    expect(line).toMatch(/bootstrap\.servers=localhost:\d+\n/)
    child.kill('SIGTERM')
    expect((await ended).code).toBe(0)
  })

  it('says that compaction is not applied yet', async () => {
    const set = ['--set', 'log.cleanup.policy=compact']
    const { child, ended } = await serving('--dir', temporaryDirectory(), ...anyPort, ...set)
    child.kill('SIGTERM')
    expect((await ended).stderr).toMatch(/^duramen: every topic has cleanup.policy compact, which /)
  })

  it('prefers --dir and --set to the file', async () => {
    const dir = temporaryDirectory()
    const config = join(dir, 'server.properties')
    writeFileSync(config, kafkasExample(join(dir, 'logs')))
    const over = ['--dir', join(dir, 'mine'), '--set', 'num.partitions=7']
    const { port } = await serving('--config', config, ...over)
    expect(existsSync(join(dir, 'logs'))).toBe(false)
    await createTopic(port, 'clicks')
    expect((await topicsAt(port))[0].partitions).toHaveLength(7)
  })
})

describe('duramen serve refuses, and says what to do:', () => {
  it('a port that is used, with who uses it', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`
    const dir = temporaryDirectory()
    const { code, stderr } = await duramen(['serve', '--dir', dir, '--listen', address])
    expect(code).toBe(1)
    const advice = 'this process does already; give each --listen a port of its own'
    expect(stderr).toBe(`duramen: ERR_LISTEN: cannot listen at ${address}: ${advice}\n`)
    const other = startCommand(['serve', '--dir', dir, '--listen', address])
    const said = (await other.ended).stderr
    expect(said).toContain(
      `ERR_LISTEN: cannot listen at ${address}: process ${process.pid} (${process.argv0}`,
    )
    expect(said).toContain('; stop it, or choose another port with --listen\n')
  })

  it('a directory that another process has', async () => {
    const dir = temporaryDirectory()
    const { child } = await serving('--dir', dir, ...anyPort)
    const { code, stderr } = await duramen(['serve', '--dir', dir, ...anyPort])
    expect(code).toBe(1)
    expect(stderr).toMatch(
      new RegExp(`ERR_LOCKED: .*${child.pid}.*; stop it, or use another --dir`),
    )
  })

  it.each([
    [
      '--set log.retention.hour=3',
      'there is no setting log.retention.hour; did you mean log.retention.hours?',
    ],
    ['--set num.partitions=many', "num.partitions is 'many'; it must be a whole number"],
    ['--set log.segment.bytes=1', 'log.segment.bytes is 1; it must be a whole number'],
    ['--listen nowhere', "listeners has 'PLAINTEXT://nowhere'; it must be NAME://HOST:PORT"],
    ['--set listeners=SASL_SSL://:9092', "listeners has 'SASL_SSL://:9092'; it must be PLAINTEXT"],
    [
      '--listen 70000',
      "listeners has 'PLAINTEXT://localhost:70000'; it must be an address with a port from 0",
    ],
    ['--advertised nowhere', "advertised.listeners has 'PLAINTEXT://nowhere'; it must be NAME://"],
    ['--set advertised.listeners=X://h:1', "advertised.listeners has 'X'; it must be of a name"],
    ['--set sasl.enabled.mechanisms=PLAIN', 'sasl.enabled.mechanisms is set, but there is no TLS'],
    ['--set log.dirs=/a,/b', 'log.dirs names 2 directories; give one'],
  ])('%s', async (args, message) => {
    const dir = join(temporaryDirectory(), 'data')
    const { code, stderr } = await duramen(['serve', '--dir', dir, ...args.split(' ')])
    expect([code, stderr]).toEqual([2, expect.stringContaining(`ERR_USAGE: ${message}`)])
    expect(existsSync(dir)).toBe(false)
  })

  it('a file that is missing, and what is wrong in one, by its name', async () => {
    const dir = temporaryDirectory()
    const config = join(dir, 'server.properties')
    const serve = (...more: string[]) => duramen(['serve', '--config', config, ...more])
    const missing = await serve()
    expect([missing.code, missing.stderr]).toEqual([
      1,
      expect.stringContaining(`${config} does not exist; check the name`),
    ])
    writeFileSync(config, 'num.partitions=many\n')
    const wrong = await serve('--listen', '0')
    const where = `ERR_INVALID_OPTION: ${config}: num.partitions is 'many'; it must be a whole`
    expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining(where)])
    const both = await serve('--set', 'num.partitions=few')
    expect([both.code, both.stderr]).toEqual([2, expect.stringContaining("is 'few'; it must be")])
    writeFileSync(config, 'listeners=SASL_SSL://:9093\nnum.partitions=many\n')
    const second = await serve('--listen', '0')
    expect([second.code, second.stderr]).toEqual([1, expect.stringContaining(where)])
  })
})

/** What Kafka 4.1 has in config/server.properties, on a free port. */
function kafkasExample(directory: string): string {
  return `
# Licensed to the Apache Software Foundation (ASF)
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=localhost:9093
listeners=PLAINTEXT://127.0.0.1:0,CONTROLLER://:9093
inter.broker.listener.name=PLAINTEXT
advertised.listeners=PLAINTEXT://127.0.0.1:0,CONTROLLER://localhost:9093
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_SSL:SASL_SSL
num.network.threads=3
num.io.threads=8
socket.send.buffer.bytes=102400
socket.receive.buffer.bytes=102400
socket.request.max.bytes=104857600
log.dirs=${directory}
num.partitions=1
num.recovery.threads.per.data.dir=1
offsets.topic.replication.factor=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
log.retention.hours=168
log.segment.bytes=1073741824
log.retention.check.interval.ms=300000
`
}
