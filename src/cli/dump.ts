import { readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { DuramenError } from '../errors.js'
import { entriesOf } from '../log/files/faults.js'
import type { FileEntry } from '../log/files/file-entry.js'
import { kindOf } from '../log/files/kinds.js'
import { isSetAside, originalName } from '../log/files/other-files.js'
import { holdsBatches, segmentEntries } from '../log/files/segment-entries.js'
import { systemError } from '../log/files/system-error.js'
import { partitionDirectory } from '../log/names.js'
import { flag } from './options.js'
import type { Output } from './output.js'
import type { Verb } from './verb.js'

const options = {
  records: flag('of a .log file the records too, not only the batches'),
}

export const dump: Verb<typeof options> = {
  argument: 'PATH',
  options,
  examples: [
    'duramen dump data/clicks-0',
    'duramen dump data/clicks-0/00000000000000000000.log --records',
    'duramen dump data/recovery-point-offset-checkpoint --json',
  ],
  async run({ argument, options: { json, records }, output, signal }) {
    const isDirectory = await isDirectoryAt(argument)
    const paths = isDirectory ? await filesIn(argument) : [argument]
    if (paths.length === 0) throw nothingIn(argument)
    let hasFaults = false
    const printer = json
      ? new JsonPrinter(output, isDirectory)
      : new TextPrinter(output, isDirectory)
    for (const path of paths) {
      const entries = holdsBatches(path) ? segmentEntries(path, records) : await entriesOf(path)
      if (entries === undefined) throw unknownKind(path)
      // Damage is why a file was set aside, and no news beside others.
      const counts = !isDirectory || !isSetAside(path)
      await printer.begin(path)
      for await (const entry of entries) {
        if (signal.aborted) return 1
        hasFaults ||= counts && entry.fault !== undefined
        await printer.entry(entry)
      }
      await printer.end()
    }
    await printer.finish()
    return hasFaults ? 1 : 0
  },
}

async function isDirectoryAt(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch (error) {
    throw systemError(error, path)
  }
}

/** Every file of a known kind in a partition's directory, or in a data directory and its partitions. */
async function filesIn(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true })
  const paths: string[] = []
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(directory, entry.name)
    if (entry.isDirectory() && partitionDirectory(entry.name)) paths.push(...(await filesIn(path)))
    const isKnown = holdsBatches(path) || kindOf(originalName(entry.name)) !== undefined
    if (entry.isFile() && isKnown) paths.push(path)
  }
  return paths
}

function nothingIn(directory: string): DuramenError {
  return new DuramenError(
    'ERR_NOT_FOUND',
    `${directory} holds no file of a log; give a data directory, or the directory of a partition`,
    { path: directory },
  )
}

function unknownKind(path: string): DuramenError {
  return new DuramenError(
    'ERR_INVALID_ARGUMENT',
    `${path} has a name that no file of a log has; give a .log, .index, .timeindex, .txnindex or ` +
      '.snapshot file, a checkpoint, duramen.watermark, duramen.topics, duramen.producer-ids, ' +
      'partition.metadata, meta.properties, .lock or .kafka_cleanshutdown, or one of these that was set aside',
    { path },
  )
}

interface Printer {
  begin(path: string): Promise<void>
  entry(entry: FileEntry): Promise<void>
  end(): Promise<void>
  finish(): Promise<void>
}

function kindName(path: string): string {
  const name = kindOf(originalName(basename(path)))?.name ?? 'segment'
  return isSetAside(path) ? `${name}, set aside` : name
}

/** A line an entry: the names and values of its fields. */
class TextPrinter implements Printer {
  readonly #output: Output
  readonly #withPaths: boolean

  constructor(output: Output, withPaths: boolean) {
    this.#output = output
    this.#withPaths = withPaths
  }

  async begin(path: string): Promise<void> {
    if (this.#withPaths) await this.#output.write(`${path} (${kindName(path)})\n`)
  }

  async entry(entry: FileEntry): Promise<void> {
    const fields = Object.entries(entry).map(([name, value]) => {
      const text = typeof value === 'string' && name !== 'value' && name !== 'key'
      return `${name}: ${text ? value : JSON.stringify(value)}`
    })
    await this.#output.write(`${this.#withPaths ? '  ' : ''}${fields.join(' ')}\n`)
  }

  async end(): Promise<void> {}
  async finish(): Promise<void> {}
}

/** An object a file, with its entries; of a directory an array of these. */
class JsonPrinter implements Printer {
  readonly #output: Output
  readonly #isList: boolean
  #files = 0
  #entries = 0

  constructor(output: Output, isList: boolean) {
    this.#output = output
    this.#isList = isList
  }

  async begin(path: string): Promise<void> {
    const before = this.#files++ > 0 ? ',\n' : this.#isList ? '[\n' : ''
    this.#entries = 0
    const [name, kind] = [path, kindName(path)].map((text) => JSON.stringify(text))
    await this.#output.write(`${before}{"path":${name},"kind":${kind},"entries":[`)
  }

  async entry(entry: FileEntry): Promise<void> {
    const before = this.#entries++ > 0 ? ',\n' : '\n'
    await this.#output.write(before + JSON.stringify(entry))
  }

  end(): Promise<void> {
    return this.#output.write('\n]}')
  }

  finish(): Promise<void> {
    return this.#output.write(this.#isList ? '\n]\n' : '\n')
  }
}
