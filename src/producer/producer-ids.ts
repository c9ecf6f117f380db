import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { loadNative } from '../binding.js'
import { DuramenError } from '../errors.js'
import { call } from '../log/call.js'
import { producerIdsEnd, producerIdsName, producerIdsText } from '../log/files/producer-ids.js'
import { systemError } from '../log/files/system-error.js'
import { listTopics, partitionPath } from '../topic/index.js'
import { removeTemporaries, replaceFile } from '../topic/replace-file.js'

/** As many are reserved at a time, as Kafka's controller does. */
const blockSize = 1000

/**
 * The producer ids of a data directory: no id is given twice, whatever happens to the process, for a
 * log would take the batches of the second producer for those of the first. The end of a block is
 * durable before the first id of it is given.
 */
export class ProducerIds {
  readonly #directory: string
  #next = 0
  #end: number | undefined
  #last: Promise<unknown> = Promise.resolve()

  constructor(directory: string) {
    this.#directory = directory
  }

  /** @throws DuramenError `ERR_NO_SPACE`, `ERR_READ_ONLY`, `ERR_IO`; `ERR_CORRUPT_LOG` when ids are used up */
  next(): Promise<number> {
    const id = this.#last.then(() => this.#take())
    this.#last = id.catch(() => {})
    return id
  }

  async #take(): Promise<number> {
    if (this.#end === undefined || this.#next === this.#end) await this.#reserve()
    return this.#next++
  }

  async #reserve(): Promise<void> {
    const path = join(this.#directory, producerIdsName)
    try {
      const from = this.#end ?? (await readEnd(path)) ?? (await firstFree(this.#directory))
      const end = from + blockSize
      if (!Number.isSafeInteger(end)) throw usedUp(this.#directory, from)
      await removeTemporaries(this.#directory, producerIdsName)
      await replaceFile(path, producerIdsText(end))
      this.#next = from
      this.#end = end
    } catch (error) {
      throw systemError(error, path)
    }
  }
}

/** Undefined where the file is missing or damaged: then all that is in use is looked for. */
async function readEnd(path: string): Promise<number | undefined> {
  const text = await readFile(path, 'latin1').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
  return producerIdsEnd(text)
}

/** Above every id in the snapshots and batches of the directory, at the beginning of a block. */
async function firstFree(directory: string): Promise<number> {
  let largest = -1
  for (const { name, partitions } of await listTopics(directory)) {
    for (const partition of partitions) {
      const path = partitionPath(directory, name, partition)
      largest = Math.max(
        largest,
        await call<number>((done) => loadNative().largestProducerId(path, done)),
      )
    }
  }
  return (Math.floor(largest / blockSize) + 1) * blockSize
}

function usedUp(directory: string, from: number): DuramenError {
  return new DuramenError(
    'ERR_CORRUPT_LOG',
    `the producer ids of ${directory} have come to ${from}, and end at 2^53; ` +
      'look for what made an id that large',
  )
}
