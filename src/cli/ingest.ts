import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, extname, join, relative } from 'node:path'
import { loadNative } from '../binding.js'
import { logOptions } from '../config/log-options.js'
import { DuramenError } from '../errors.js'
import { systemError } from '../log/files/system-error.js'
import type { LogView, PartitionLog } from '../log/index.js'
import { batches } from '../record/index.js'
import { closeAll, openTopic } from '../topic/index.js'
import { Appender } from './appender.js'
import { checkPartition } from './check-partition.js'
import { openFile } from './input.js'
import { lineLimits, linesOf } from './lines.js'
import { noteFindings } from './note-findings.js'
import { Progress } from './progress.js'
import { writeSampleLog } from './sample-log.js'
import { counted, megabytes } from './words.js'

const sampleSize = 200_000_000
const batchSize = 1024 * 1024
const newline = Buffer.from('\n')

/**
 * Appends the lines of a file, or of an access log made for this, to a topic in `directory`, reads
 * them back, compares and verifies them, and says what happens and how fast.
 *
 * @returns 1 where a file is not sound, else 0
 * @throws DuramenError what opening, reading and appending throw
 */
export async function ingest(
  file: string | undefined,
  directory: string,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<0 | 1> {
  if (file !== undefined) return new Ingestion(signal, say).run(file, topicOf(file), directory)
  const folder = await mkdtemp(join(tmpdir(), 'duramen-'))
  try {
    const sample = join(folder, 'access.log')
    say('no file was given, so this makes an access log; npm start -- FILE takes yours')
    await writeSampleLog(sample, sampleSize)
    return await new Ingestion(signal, say).run(sample, 'sample', directory)
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** The name of a file, as far as a topic can have it. */
function topicOf(file: string): string {
  const name = basename(file, extname(file)).replace(/[^a-zA-Z0-9._-]/g, '-')
  return /[^.]/.test(name) ? name.slice(0, 200) : 'file'
}

class Ingestion {
  readonly #signal: AbortSignal
  readonly #say: (line: string) => void
  readonly #progress = new Progress()

  constructor(signal: AbortSignal, say: (line: string) => void) {
    this.#signal = signal
    this.#say = say
  }

  async run(file: string, topic: string, directory: string): Promise<0 | 1> {
    const { size } = await stat(file).catch((error) => Promise.reject(systemError(error, file)))
    this.#step('input', `${file}, ${megabytes(size)}`)
    const { logs } = await openTopic(directory, topic, { create: true, log: { flush: 'os' } })
    const [log] = logs
    noteFindings(log, this.#say)
    try {
      const start = log.logEndOffset
      await this.#append(file, log, size)
      await this.#read(log, start, size)
      await this.#compare(file, log, start)
    } finally {
      await closeAll(logs)
    }
    const code = await this.#verify(log.directory)
    await this.#files(log.directory)
    this.#step('next', `node dist/cli/main.js consume ${topic} --max-records 3`)
    return code
  }

  async #append(file: string, log: PartitionLog, size: number): Promise<void> {
    const input = await openFile(file, this.#signal)
    const appender = new Appender([log], 0)
    const limits = lineLimits(batchSize, logOptions.maxMessageBytes.default)
    const started = performance.now()
    let bytes = 0
    try {
      const lines = linesOf(input, { ...limits, delimiter: newline, signal: this.#signal })
      for await (const some of lines) {
        await appender.appendLines(some, newline.length)
        bytes += some.to - some.from
        this.#progress.show(`appending: ${share(bytes, size)}`)
      }
    } finally {
      await input.close()
    }
    this.#signal.throwIfAborted()
    const seconds = secondsSince(started)
    await log.flush()
    const flushed = (secondsSince(started) - seconds).toFixed(2)
    const rates = rate(appender.records, bytes, seconds)
    this.#step('append', `${rates}, in the page cache; on the device ${flushed} s later`)
  }

  /** Record by record where they stand in memory, touching what the lengths say. */
  async #read(log: PartitionLog, start: number, size: number): Promise<void> {
    let records = 0
    let bytes = 0
    const started = performance.now()
    await this.#views(log, start, (view) => {
      const cursor = view.cursor()
      for (; cursor.next(); records++) bytes += cursor.valueLength + newline.length
      this.#progress.show(`reading: ${share(bytes, size)}`)
    })
    this.#step('read', `${rate(records, bytes, secondsSince(started))}, CRCs checked, not copied`)
  }

  async #compare(file: string, log: PartitionLog, start: number): Promise<void> {
    const { joinValues } = loadNative()
    const joined = Buffer.allocUnsafeSlow(logOptions.maxMessageBytes.default)
    const read = createHash('sha256')
    await this.#views(log, start, (view) => {
      const { bytes } = view
      for (const { position, sizeInBytes } of batches(bytes)) {
        const length = joinValues(bytes, position, sizeInBytes, newline[0], joined, 0)
        read.update(joined.subarray(0, length))
      }
      this.#progress.show('comparing')
    })
    const digest = read.digest('hex')
    if (digest !== (await hashOf(file))) {
      throw new DuramenError('ERR_CORRUPT_LOG', 'what was read is not what was written; run verify')
    }
    this.#step('compare', `what was read is what was written (SHA-256 ${digest.slice(0, 16)}...)`)
  }

  async #views(log: PartitionLog, start: number, use: (view: LogView) => void): Promise<void> {
    for (let offset = start; ; ) {
      this.#signal.throwIfAborted()
      const view = await log.read(offset)
      if (view.isEmpty) return
      use(view)
      offset = view.nextOffset
      view.release()
    }
  }

  async #verify(directory: string): Promise<0 | 1> {
    this.#progress.show('verifying')
    const started = performance.now()
    const { batches, records, bytes, indexEntries, findings } = await checkPartition(directory)
    const checked = `${rate(records, bytes, secondsSince(started))}, ${counted(batches, 'batch')}`
    const verdict =
      findings.length === 0 ? 'sound' : `${counted(findings.length, 'fault')}, see duramen verify`
    this.#step('verify', `${checked}, ${counted(indexEntries, 'index entry')}: ${verdict}`)
    return findings.length === 0 ? 0 : 1
  }

  async #files(directory: string): Promise<void> {
    const sizes = { log: 0, index: 0 }
    for (const name of await readdir(directory)) {
      const { size } = await stat(join(directory, name))
      if (name.endsWith('.log')) sizes.log += size
      if (name.endsWith('index')) sizes.index += size
    }
    const where = relative(process.cwd(), directory)
    this.#step(
      'files',
      `${where}: ${megabytes(sizes.log)}, indexes ${counted(sizes.index, 'byte')}`,
    )
  }

  #step(name: string, text: string): void {
    this.#progress.clear()
    this.#say(`${name.padEnd(8)} ${text}`)
  }
}

/** Of the lines: a newline that the last one lacks counts as there. */
async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256')
  let last = newline[0]
  for await (const chunk of createReadStream(file, { highWaterMark: batchSize })) {
    hash.update(chunk)
    last = chunk[chunk.length - 1]
  }
  if (last !== newline[0]) hash.update(newline)
  return hash.digest('hex')
}

function secondsSince(started: number): number {
  return (performance.now() - started) / 1000
}

function share(bytes: number, size: number): string {
  return `${Math.round((100 * bytes) / Math.max(size, 1))} %`
}

function rate(records: number, bytes: number, seconds: number): string {
  const each = (number: number, unit: string) => `${(number / 1e6 / seconds).toFixed(1)} ${unit}/s`
  const speed = `${each(records, 'M records')}, ${each(bytes, 'MB')}`
  return `${counted(records, 'record')} in ${seconds.toFixed(2)} s (${speed})`
}
