import { DuramenError } from '../../src/errors.js'
import type { PartitionLogOptions } from '../../src/log/index.js'
import { Producer, type ProducerOptions } from '../../src/producer/index.js'
import { memoryDirectory, openLog, type PartitionLog } from './logs.js'

/** Topics as an engine has them: each is opened when it is first asked for. */
export class Topics {
  readonly #options: PartitionLogOptions
  readonly #directory = memoryDirectory()
  readonly #counts = new Map<string, number>()
  #nextProducerId = 0
  readonly #logs = new Map<string, PartitionLog[]>()

  /** @param topics names, and how many partitions */
  constructor(topics: { [name: string]: number }, options: PartitionLogOptions = { flush: 'os' }) {
    this.#options = options
    for (const [name, count] of Object.entries(topics)) this.#counts.set(name, count)
  }

  topicNames(): string[] {
    return [...this.#counts.keys()]
  }

  partitionCount(topic: string): number | undefined {
    return this.#counts.get(topic)
  }

  async openPartition(topic: string, partition: number): Promise<PartitionLog> {
    const log = (await this.open(topic))[partition]
    if (log !== undefined) return log
    throw new DuramenError('ERR_NOT_FOUND', `${topic} has no partition ${partition}`)
  }

  async producerId(): Promise<number> {
    return this.#nextProducerId++
  }

  coordinator(): never {
    throw new Error('these topics have no groups')
  }

  find(topic: string): PartitionLog[] | undefined {
    return this.#logs.get(topic)
  }

  async open(topic: string): Promise<PartitionLog[]> {
    const known = this.#logs.get(topic)
    if (known !== undefined) return known
    const count = this.#counts.get(topic)
    if (count === undefined) throw new DuramenError('ERR_NOT_FOUND', `there is no topic ${topic}`)
    const logs: PartitionLog[] = []
    for (let i = 0; i < count; i++) {
      logs.push(await openLog(`${this.#directory}/${topic}-${i}`, this.#options))
    }
    this.#logs.set(topic, logs)
    return logs
  }
}

/** With a partitioner that takes the partitions in turn. */
export function producerOf(topics: Topics, options: Partial<ProducerOptions> = {}): Producer {
  return new Producer(topics, { partitioner: 'round-robin', ...options })
}
