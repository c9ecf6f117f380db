import { Broker } from '../broker/index.js'
import { type Engine, open } from '../engine.js'
import { DuramenError } from '../errors.js'
import { type ApiName, apis, errorCodes, errorName } from '../protocol/index.js'
import { offsetsTopic } from '../topic/topic-name.js'
import { makeDirectory, removeDirectory } from './directory.js'
import {
  checkTopics,
  type TestBrokerOptions,
  type TestSetup,
  type TestTopic,
  testSetup,
} from './options.js'

/** As Kafka has it: `Produce`, `OffsetCommit`. */
export type TestApiName = Capitalize<ApiName>

/**
 * Starts a broker in this process, with a directory of its own that goes with it. It listens at and
 * advertises 127.0.0.1.
 *
 * @throws DuramenError `ERR_INVALID_OPTION`, `ERR_LISTEN`, and what making topics throws
 */
export async function startTestBroker(options: TestBrokerOptions = {}): Promise<TestBroker> {
  const setup = testSetup(options)
  const directory = await makeDirectory(setup.storage)
  let engine: Engine | undefined
  let broker: Broker | undefined
  try {
    engine = await open(directory, setup.engine)
    broker = await Broker.start(engine, setup.broker)
    const started = new TestBroker(engine, broker, setup)
    await started.createTopics(setup.topics)
    return started
  } catch (error) {
    await broker?.close()
    await engine?.close()
    await removeDirectory(directory)
    throw error
  }
}

/** A broker for tests of programs that use Kafka; made by `startTestBroker`. */
export class TestBroker {
  /** What it serves: producers and consumers in this process share its topics and groups. */
  readonly engine: Engine
  readonly port: number
  /** As clients in JavaScript take it: `['127.0.0.1:53124']`. */
  readonly brokers: string[]
  /** As `bootstrap.servers` takes it: `127.0.0.1:53124`. */
  readonly bootstrapServers: string
  readonly #broker: Broker
  readonly #setup: TestSetup
  #closed: Promise<void> | undefined

  /** @internal Test brokers come from `startTestBroker`. */
  constructor(engine: Engine, broker: Broker, setup: TestSetup) {
    this.engine = engine
    this.#broker = broker
    this.#setup = setup
    const [{ host, port }] = broker.endpoints
    this.port = port
    this.bootstrapServers = `${host}:${port}`
    this.brokers = [this.bootstrapServers]
  }

  /** @throws DuramenError as `Engine.createTopic`, `ERR_INVALID_OPTION` where it is no list */
  async createTopics(topics: readonly TestTopic[]): Promise<void> {
    checkTopics(topics)
    for (const topic of topics) {
      const { name, ...options } = typeof topic === 'string' ? { name: topic } : topic
      await this.engine.createTopic(name, options)
    }
  }

  /**
   * Deletes all topics with their records, all groups with their members and offsets, and all faults;
   * then makes the `topics` again that it was started with. Clients stay connected; a consumer that is
   * still running joins its group anew.
   */
  async reset(): Promise<void> {
    this.#broker.faults.clear()
    const names = this.engine.topics().map(({ name }) => name)
    // Asking for groups would make their topic.
    if (names.includes(offsetsTopic)) await this.#deleteGroups()
    for (const name of names) if (name !== offsetsTopic) await this.engine.deleteTopic(name)
    await this.createTopics(this.#setup.topics)
  }

  async #deleteGroups(): Promise<void> {
    const groups = await this.engine.groups()
    for (const { groupId } of await groups.list()) await groups.dissolve(groupId)
  }

  /** Closes every connection that clients have, as if the network had failed. They may connect again. */
  dropConnections(): void {
    this.#broker.dropConnections()
  }

  /**
   * The next requests of an API are answered with an error and not done; what was asked for that API
   * before is replaced.
   *
   * @param error Kafka's name or number: `'NOT_LEADER_OR_FOLLOWER'`, 6
   * @throws DuramenError `ERR_INVALID_ARGUMENT`
   */
  failNext(api: TestApiName, error: string | number, count = 1): void {
    const name = `${api[0]?.toLowerCase()}${api.slice(1)}`
    if (!Object.hasOwn(apis, name))
      throw invalid(`Kafka has no API ${api}; give one such as Produce`)
    if (!Number.isSafeInteger(count) || count < 0) throw invalid(`${count} is no count of requests`)
    this.#broker.faults.refuse(apis[name as ApiName], errorCode(error), count)
  }

  /**
   * Ends every connection at once, closes the engine, and removes the directory. Nothing is left that
   * would keep the process alive.
   */
  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    try {
      this.#broker.dropConnections()
      await this.#broker.close()
      await this.engine.close()
    } finally {
      await removeDirectory(this.engine.directory)
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

function errorCode(error: string | number): number {
  const code = Object.values<number>(errorCodes).find(
    (known) => known === error || errorName(known) === error,
  )
  if (code !== undefined) return code
  throw invalid(`Kafka has no error ${error}; give one such as NOT_LEADER_OR_FOLLOWER`)
}

function invalid(message: string): DuramenError {
  return new DuramenError('ERR_INVALID_ARGUMENT', message)
}
