import type { Consumer } from '../consumer/index.js'
import type { Record } from '../record/index.js'
import { TopicCatalog } from '../topic/index.js'
import type { ConsumeOptions } from './consume-options.js'
import { describe } from './failure.js'
import { groupName } from './group-name.js'
import { noteFindings } from './note-findings.js'
import { openEngine } from './open-engine.js'
import type { Output } from './output.js'
import type { RecordWriter } from './record-writer.js'
import { TakenOffsets } from './taken-offsets.js'
import type { Context } from './verb.js'

/** What `consume --group` is given. */
export interface GroupCall extends Context {
  readonly options: ConsumeOptions
  readonly argument: string
}

const maxPollRecords = 5000
// Long enough for a look, short enough not to be noticed at the end.
const lookMs = 10
const longestMs = 2 ** 31 - 1
const commitIntervalMs = 5000

/** Writes what the group has not consumed yet, and commits what was taken. */
export async function consumeGroup(call: GroupCall, writer: RecordWriter): Promise<void> {
  const { options, argument: topic, note } = call
  const groupId = groupName(options.group ?? '')
  // Before anything is written there.
  const { partitions } = (await TopicCatalog.open(options.dir, { readOnly: true })).get(topic)
  if (writer.isDone) return
  const engine = await openEngine(options.dir)
  try {
    for (let number = 0; number < partitions; number++) {
      noteFindings(await engine.log(topic, number), note)
    }
    const consumer = engine.consumer({
      groupId,
      clientId: 'duramen-consume',
      autoOffsetReset: 'earliest',
      isolationLevel: options['isolation-level'],
      enableAutoCommit: false,
      maxPollRecords,
      // However slow whoever reads the output is, there is no other member to take over.
      maxPollIntervalMs: longestMs,
    })
    await consumer.subscribe([topic])
    await new GroupDelivery(consumer, writer, call).run()
  } finally {
    await engine.close()
  }
}

/** Records on their way from a group to the output. */
class GroupDelivery {
  readonly #consumer: Consumer
  readonly #writer: RecordWriter
  readonly #output: Output
  readonly #signal: AbortSignal
  readonly #call: GroupCall
  readonly #offsets = new TakenOffsets()
  #lastCommit = performance.now()

  constructor(consumer: Consumer, writer: RecordWriter, call: GroupCall) {
    this.#consumer = consumer
    this.#writer = writer
    this.#output = call.output
    this.#signal = call.signal
    this.#call = call
  }

  async run(): Promise<void> {
    try {
      await this.#deliver()
      await this.#output.flush()
    } catch (error) {
      // Whatever it was that ended it, what was taken counts.
      if (this.#signal.aborted) await this.#output.flush().catch(() => {})
      await this.#commit().catch((reason) => this.#call.note(describe(reason, false)))
      throw error
    }
    await this.#commit()
  }

  async #deliver(): Promise<void> {
    const { follow } = this.#call.options
    for (let isIdle = false; !this.#writer.isDone; ) {
      const isAssigned = this.#consumer.assignment.length > 0
      const ms = isIdle ? longestMs : lookMs
      const records = await this.#consumer.poll(ms, { signal: this.#signal })
      await this.#write(records)
      isIdle = isAssigned && records.length === 0
      if (isIdle) await this.#commitAll()
      if (isIdle && !follow) return
    }
  }

  async #write(records: readonly Record[]): Promise<void> {
    for (const record of records) {
      if (this.#writer.isDone) return
      await this.#writer.writeOne({ value: record.value, toRecord: () => record })
      this.#offsets.wrote(record, this.#output.gathered)
    }
    this.#offsets.took(this.#output.accepted)
    if (performance.now() - this.#lastCommit > commitIntervalMs) await this.#commit()
  }

  /** Nothing is left to write: the positions count, also behind what is no record. */
  async #commitAll(): Promise<void> {
    await this.#output.flush()
    this.#offsets.took(this.#output.accepted)
    this.#offsets.drain()
    await this.#consumer.commit()
    this.#lastCommit = performance.now()
  }

  async #commit(): Promise<void> {
    this.#offsets.took(this.#output.accepted)
    const offsets = this.#offsets.drain()
    if (offsets.length > 0) await this.#consumer.commit(offsets)
    this.#lastCommit = performance.now()
  }
}
