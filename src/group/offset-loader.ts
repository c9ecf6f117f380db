import { DuramenError } from '../errors.js'
import type { LogView, PartitionLog } from '../log/index.js'
import { decodeMarker, type RecordCursor } from '../record/index.js'
import { WireReader } from '../wire/index.js'
import { decodeGroupValue, groupKeyVersion, type StoredGroup } from './group-record.js'
import {
  type CommittedOffset,
  decodeOffsetValue,
  type OffsetKey,
  offsetKeyVersion,
  readOffsetKey,
} from './offset-record.js'
import { OffsetTable } from './offset-table.js'

/** What reading one partition of `__consumer_offsets` has come to. */
export interface LoadReport {
  readonly partition: number
  readonly records: number
  /** Of kinds that are not known here, such as those of Kafka's other types of group. */
  readonly unknownRecords: number
  /** What could not be read, and was passed over. */
  readonly skipped: readonly DuramenError[]
}

export interface LoadedOffsets {
  readonly offsets: OffsetTable
  readonly groups: ReadonlyMap<string, StoredGroup>
  readonly report: LoadReport
}

/** One change of the state, as a record has it. */
type Change = (loader: OffsetLoader) => void

// About 5 ms of decoding, after which others have their turn.
const readBytes = 512 * 1024
const partitionSize = 4

/**
 * Reads a log from its start: the last value of each key holds. Others get their turn meanwhile.
 *
 * @throws DuramenError what `PartitionLog.read` throws, but for damage; `signal.reason` when aborted
 */
export async function loadOffsets(log: PartitionLog, signal: AbortSignal): Promise<LoadedOffsets> {
  const loader = new OffsetLoader(log)
  for (let offset = log.logStartOffset; offset < log.logEndOffset; ) {
    try {
      const view = await log.read(offset, { maxBytes: readBytes, upTo: 'logEnd' })
      loader.read(view)
      offset = view.nextOffset
      view.release()
    } catch (error) {
      offset = loader.skipBatch(error)
    }
    await new Promise((resolve) => setImmediate(resolve))
    signal.throwIfAborted()
  }
  return loader.loaded()
}

class OffsetLoader {
  readonly #log: PartitionLog
  readonly #offsets = new OffsetTable()
  readonly #groups = new Map<string, StoredGroup>()
  /** Of transactions that have not ended yet, by producer id. */
  readonly #open = new Map<number, Change[]>()
  readonly #skipped: DuramenError[] = []
  #lastKey = Buffer.alloc(0)
  #lastDecoded: OffsetKey = { groupId: '', topic: '', partition: 0 }
  #records = 0
  #unknown = 0

  constructor(log: PartitionLog) {
    this.#log = log
  }

  read(view: LogView): void {
    const cursor = view.cursor({ includeControl: true })
    while (cursor.next()) {
      this.#records++
      try {
        this.#readRecord(cursor)
      } catch (error) {
        this.#skip(error, cursor.offset)
      }
    }
  }

  #readRecord(cursor: RecordCursor): void {
    const { batch } = cursor
    if (batch.isControl) {
      this.#endTransaction(batch.producerId, decodeMarker(cursor)?.type === 'commit')
      return
    }
    const change = this.#changeOf(cursor.key, cursor.value)
    if (!batch.isTransactional) change(this)
    else this.#openTransaction(batch.producerId).push(change)
  }

  #changeOf(key: Buffer | null, value: Buffer | null): Change {
    const version = key === null || key.length < 2 ? -1 : key.readInt16BE(0)
    if (key === null || version < 0) {
      throw new DuramenError('ERR_CORRUPT_RECORD', 'it has no key, or not all of one')
    }
    if (version <= offsetKeyVersion) {
      const { groupId, topic, partition } = this.#offsetKey(key)
      const committed = value === null ? null : decodeOffsetValue(value)
      return (loader) => loader.#setOffset(groupId, topic, partition, committed)
    }
    if (version === groupKeyVersion) {
      const groupId = new WireReader(key, { at: 2 }).string()
      // What is kept of it must not keep the file mapped.
      const group = value === null ? null : decodeGroupValue(Buffer.from(value))
      return (loader) => loader.#setGroup(groupId, group)
    }
    return (loader) => loader.#unknown++
  }

  /** Commits come by group and topic: most keys are as the one before, but for the partition. */
  #offsetKey(key: Buffer): OffsetKey {
    const last = this.#lastKey
    const end = key.length - partitionSize
    if (key.length === last.length && key.compare(last, 0, end, 0, end) === 0) {
      const { groupId, topic } = this.#lastDecoded
      return { groupId, topic, partition: key.readInt32BE(end) }
    }
    this.#lastDecoded = readOffsetKey(new WireReader(key, { at: 2 }))
    this.#lastKey = Buffer.from(key)
    return this.#lastDecoded
  }

  #setOffset(groupId: string, topic: string, partition: number, value: CommittedOffset | null) {
    if (value === null) this.#offsets.delete(groupId, topic, partition)
    else this.#offsets.set(groupId, topic, partition, value)
  }

  #setGroup(groupId: string, group: StoredGroup | null): void {
    if (group === null) this.#groups.delete(groupId)
    else this.#groups.set(groupId, group)
  }

  #openTransaction(producerId: number): Change[] {
    const known = this.#open.get(producerId)
    if (known !== undefined) return known
    const changes: Change[] = []
    this.#open.set(producerId, changes)
    return changes
  }

  #endTransaction(producerId: number, isCommitted: boolean): void {
    const changes = this.#open.get(producerId) ?? []
    this.#open.delete(producerId)
    if (isCommitted) for (const change of changes) change(this)
  }

  /** @throws `error` itself where it is not about a record */
  #skip(error: unknown, offset: number): void {
    const isKnown =
      error instanceof DuramenError &&
      (error.code === 'ERR_CORRUPT_RECORD' || error.code === 'ERR_CORRUPT_BATCH')
    if (!isKnown) throw error
    const { topic, partition } = this.#log
    this.#skipped.push(
      new DuramenError(
        'ERR_CORRUPT_RECORD',
        `the record at offset ${offset} of ${topic}-${partition} cannot be read: ${error.message}`,
        { cause: error, topic, partition, fromOffset: offset, toOffset: offset },
      ),
    )
  }

  /** Where to read on behind a batch that cannot be read. @throws `error` where it is not about one */
  skipBatch(error: unknown): number {
    if (!(error instanceof DuramenError) || error.toOffset === undefined) throw error
    this.#skipped.push(error)
    return error.toOffset + 1
  }

  loaded(): LoadedOffsets {
    const report = {
      partition: this.#log.partition,
      records: this.#records,
      unknownRecords: this.#unknown,
      skipped: this.#skipped,
    }
    return { offsets: this.#offsets, groups: this.#groups, report }
  }
}
