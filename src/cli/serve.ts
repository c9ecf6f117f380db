import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { Broker, type BrokerOptions, type Problem, problemChannel } from '../broker/index.js'
import { addressText } from '../broker/listen.js'
import { type Settings, settingsOf } from '../broker/settings.js'
import { type Engine, type OpenOptions, open } from '../engine.js'
import { DuramenError } from '../errors.js'
import { describe, usage } from './failure.js'
import { choice, pairs, text, texts } from './options.js'
import { portOwner } from './port-owner.js'
import { readProperties } from './server-properties.js'
import { unapplied } from './store/unapplied.js'
import type { Call, Verb } from './verb.js'
import { counted } from './words.js'

const retentionChannel = 'duramen:retention:failed'

const options = {
  dir: text('DIR', 'the data directory (default log.dirs of --config, else ./data)'),
  listen: texts('HOST:PORT', 'where to listen; may be repeated (default localhost:9092)'),
  advertised: text('HOST:PORT', 'where clients are told to connect (default where it listens)'),
  config: text('FILE', "settings in the form of Kafka's server.properties"),
  set: pairs("one setting by Kafka's name, before those of --config; may be repeated"),
  flush: choice(['sync', 'os'], 'acks=all waits for the device, or for the page cache', 'sync'),
}

export const serve: Verb<typeof options> = {
  endsBySignal: true,
  options,
  examples: [
    'duramen serve --dir /var/lib/duramen --listen 0.0.0.0:9092 --advertised example.com:9092',
    'duramen serve --config server.properties --set auto.create.topics.enable=false',
  ],
  async run(call) {
    const settings = await settingsFrom(call)
    noteUnserved(settings, call)
    const { signal, note } = call
    const directory = call.options.dir ?? settings.directory ?? './data'
    const engine = await open(directory, withDefaults(settings.engine, call))
    const silence = sayProblems(call)
    try {
      const broker = await start(engine, settings.broker)
      await announce(broker, engine, call)
      await aborted(signal)
      await broker.close()
    } finally {
      silence()
      await engine.close()
    }
    note(`stopped by ${signal.reason}; all is in ${directory}`)
    return 0
  },
}

type ServeCall = Call<typeof options>

/** Options of the command line before `--set`, and that before the file. */
async function settingsFrom({ options }: ServeCall): Promise<Settings> {
  const { config, set, listen, advertised } = options
  const inFile = config === undefined ? new Map<string, string>() : await readProperties(config)
  const said = new Map(Object.entries(set).map(([name, value]) => [name, value.trim()]))
  if (listen.length > 0) said.set('listeners', listen.map(plaintext).join(','))
  if (advertised !== undefined) said.set('advertised.listeners', plaintext(advertised))
  for (const name of said.keys()) inFile.delete(name)
  // Else addresses that belong to the listeners of the file would be told.
  if (listen.length > 0) inFile.delete('advertised.listeners')
  try {
    return settingsOf(new Map([...inFile, ...said]))
  } catch (error) {
    throw withOrigin(error, config, inFile)
  }
}

/** What the settings of the file alone are refused for is told with its name; else the command line is wrong. */
function withOrigin(
  error: unknown,
  config: string | undefined,
  inFile: ReadonlyMap<string, string>,
): unknown {
  if (!(error instanceof DuramenError)) return error
  const { code, message } = error
  try {
    settingsOf(inFile)
  } catch (alone) {
    if ((alone as Error).message === message) {
      return new DuramenError(code, `${config}: ${message}`, { cause: error })
    }
  }
  return usage(message)
}

/** A port alone is one of this machine. */
function plaintext(address: string): string {
  const isPort = /^\d+$/.test(address)
  return `PLAINTEXT://${isPort ? `localhost:${address}` : address}`
}

function noteUnserved({ unserved, engine }: Settings, { note }: ServeCall): void {
  const remark = unapplied('every topic', engine.topicDefaults?.cleanupPolicy)
  if (remark !== undefined) note(remark)
  if (unserved.length > 0) note(`without effect here: ${unserved.join(', ')}`)
}

/** Members in other processes start one after the other, so that a new group waits for more. */
const initialRebalanceDelayMs = 3000

function withDefaults(given: OpenOptions, { options }: ServeCall): OpenOptions {
  const groups = { groupInitialRebalanceDelayMs: initialRebalanceDelayMs, ...given.groups }
  return { flush: options.flush, ...given, groups }
}

async function start(engine: Engine, options: BrokerOptions): Promise<Broker> {
  try {
    return await Broker.start(engine, options)
  } catch (error) {
    throw await withOwner(error)
  }
}

/** A port that is used is told with who uses it, where that can be seen. */
async function withOwner(error: unknown): Promise<unknown> {
  if (!(error instanceof DuramenError) || error.code !== 'ERR_LISTEN') return error
  const { code, port } = error.cause as { readonly code?: string; readonly port?: number }
  if (code !== 'EADDRINUSE' || port === undefined) return error
  const owner = (await portOwner(port)) ?? 'another process'
  const [where] = error.message.split(': ')
  const message = owner.startsWith(`process ${process.pid} `)
    ? `${where}: this process does already; give each --listen a port of its own`
    : `${where}: ${owner} does; stop it, or choose another port with --listen`
  return new DuramenError('ERR_LISTEN', message, error)
}

async function announce(broker: Broker, engine: Engine, { options, output }: ServeCall) {
  const listening = broker.endpoints.map(({ host, port }) => addressText(host, port))
  const { directory } = engine
  const topics = engine.topics().length
  const servers = listening.join(',')
  await output.write(
    options.json
      ? `${JSON.stringify({ bootstrapServers: servers, directory, topics })}\n`
      : `serving ${counted(topics, 'topic')} in ${directory}; connect clients with bootstrap.servers=${servers}\n`,
  )
  await output.flush()
}

/** Says in a line each what goes wrong while it goes on; returns what ends that. */
function sayProblems({ note, options }: ServeCall): () => void {
  const failed = (event: unknown) => {
    const { topic, partition, error } = event as RetentionFailure
    note(`retention of ${topic}-${partition} failed: ${describe(error, options.verbose)}`)
  }
  const problem = (event: unknown) => {
    const { message, error } = event as Problem
    const stack = options.verbose && error instanceof Error ? `\n${error.stack}` : ''
    note(`${message}${stack}`)
  }
  subscribe(retentionChannel, failed)
  subscribe(problemChannel, problem)
  return () => {
    unsubscribe(retentionChannel, failed)
    unsubscribe(problemChannel, problem)
  }
}

interface RetentionFailure {
  readonly topic: string
  readonly partition: number
  readonly error: unknown
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
