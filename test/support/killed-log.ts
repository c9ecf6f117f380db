import {
  closeSync,
  copyFileSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import type { PartitionLogOptions } from '../../src/log/index.js'
import { type Agent, processAgent } from './agent.js'
import { memoryDirectory } from './logs.js'

interface Kept {
  readonly name: string
  readonly link: string
  readonly content: Buffer
}

/**
 * A log as a killed process left it (or, with `finish`, one that closed it), again and again: `restore` brings back every file as it was,
 * the same inodes included, because the watermark file names one.
 */
export class KilledLog {
  readonly directory: string
  readonly #kept: readonly Kept[]

  private constructor(directory: string, kept: readonly Kept[]) {
    this.directory = directory
    this.#kept = kept
  }

  static async make(
    batches: readonly (readonly string[])[],
    options: PartitionLogOptions = {},
    finish: (agent: Agent, directory: string) => Promise<unknown> = async () => {},
  ): Promise<KilledLog> {
    const root = memoryDirectory()
    const directory = join(root, 'clicks-0')
    const agent = processAgent()
    await agent.open(directory, options)
    for (const values of batches) {
      await agent.call(
        'append',
        values.map((value) => ({ value, timestamp: 1000 })),
      )
    }
    await finish(agent, directory)
    await agent.end()
    mkdirSync(join(root, 'kept'))
    const kept = readdirSync(directory).map((name) => {
      const link = join(root, 'kept', name)
      linkSync(join(directory, name), link)
      return { name, link, content: readFileSync(link) }
    })
    return new KilledLog(directory, kept)
  }

  restore(): void {
    for (const name of readdirSync(this.directory)) rmSync(join(this.directory, name))
    for (const { name, link, content } of this.#kept) {
      writeFileSync(link, content)
      linkSync(link, join(this.directory, name))
    }
  }

  /** The same files as inodes of their own: the watermark then means nothing. */
  copy(): string {
    const copy = join(memoryDirectory(), basename(this.directory))
    mkdirSync(copy)
    for (const { name, link, content } of this.#kept) {
      writeFileSync(link, content)
      copyFileSync(link, join(copy, name))
    }
    return copy
  }

  contentOf(name: string): Buffer {
    const file = this.#kept.find((kept) => kept.name === name)
    if (file === undefined) throw new Error(`the log has no file ${name}`)
    return file.content
  }
}

/** Writes `bytes` into a file where it stands. */
export function overwrite(path: string, position: number, bytes: Uint8Array): void {
  const file = openSync(path, 'r+')
  writeSync(file, bytes, 0, bytes.length, position)
  closeSync(file)
}
