import {
  type Acks,
  type PartitionLeader,
  PartitionProducer,
  type ProducerId,
} from '../../client/index.js'
import type { CodecName } from '../../compression/index.js'
import type { Appended, Columns } from '../../log/index.js'
import { BatchBuilder, type RecordInput } from '../../record/index.js'
import type { AppendablePartition } from './store.js'

const sequences = 2 ** 31

/** Makes batches, and sends them to a partition. */
export class RemotePartition implements AppendablePartition {
  readonly partition: number
  readonly #producer: PartitionProducer
  readonly #id: ProducerId | undefined
  #nextSequence = 0

  constructor(leader: PartitionLeader, acks: Acks, id: ProducerId | undefined) {
    this.partition = leader.partition
    this.#producer = new PartitionProducer(leader, acks, id !== undefined)
    this.#id = id
  }

  append(
    records: readonly RecordInput[],
    { compression }: { readonly compression: CodecName } = { compression: 'none' },
  ): Promise<Appended> {
    const baseSequence = this.#id === undefined ? -1 : this.#nextSequence
    this.#nextSequence = (this.#nextSequence + records.length) % sequences
    const builder = new BatchBuilder({ compression, baseSequence, ...this.#id })
    const now = Date.now()
    for (const record of records) builder.append(record, now)
    return this.#producer.append(builder.buildAsync())
  }

  appendColumns(columns: Columns): Promise<Appended> {
    const { values, valueLengths, valueGap = 0, count = valueLengths.length } = columns
    let at = 0
    const records = Array.from({ length: count }, (_, i) => {
      const value = values.subarray(at, at + (valueLengths[i] as number))
      at += value.length + valueGap
      return { value }
    })
    return this.append(records)
  }

  /** Once everything has been appended. */
  close(): Promise<void> {
    return this.#producer.finish()
  }
}
