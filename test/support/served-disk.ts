import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { temporaryDirectory } from './logs.js'
import { WireClient } from './wire-client.js'

const main = join(import.meta.dirname, '../../dist/cli/main.js')

/** What a disk is, as shell commands that make it of a folder and mount it at another. */
export type Mount = (folder: string, at: string) => string

/** Whose allocations are refused when it is full. */
export const small: Mount = (_, at) => `mount -t tmpfs -o size=8m tmpfs ${at}`

/** Of whose writes the device takes no more, though the file system has room: flushes fail then. */
export const failing: Mount = (folder, at) => {
  const image = join(folder, 'image')
  const make = `truncate -s 64M ${image} && mkfs.ext4 -q -F -m 0 -O ^has_journal ${image}`
  return `mount -t tmpfs -o size=24m tmpfs ${folder} && ${make} && mount -o loop ${image} ${at}`
}

/** `duramen serve` in a process of its own. */
export interface ServedDisk {
  readonly connect: () => Promise<WireClient>
  /** What the operator was told, in lines. */
  readonly told: () => string[]
  /** Ends it as SIGKILL does. */
  readonly kill: () => Promise<void>
}

/** A file system of its own, which nobody else sees and which goes with the test. */
export class Disk {
  readonly #holder: ChildProcess
  readonly #at: string
  readonly #filler: string

  private constructor(holder: ChildProcess, at: string, filled: string) {
    this.#holder = holder
    this.#at = at
    this.#filler = join(`/proc/${holder.pid}/root`, filled, 'filler')
  }

  static async mount(mount: Mount): Promise<Disk> {
    const folder = temporaryDirectory()
    const at = temporaryDirectory()
    const script = `${mount(folder, at)} && echo mounted && exec sleep infinity`
    const holder = spawn('unshare', ['-m', 'sh', '-c', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    onTestFinished(() => {
      holder.kill('SIGKILL')
    })
    await once(holder.stdout as NonNullable<typeof holder.stdout>, 'data')
    return new Disk(holder, at, mount === failing ? folder : at)
  }

  /** A broker over what is on it. */
  async serve(...args: string[]): Promise<ServedDisk> {
    const command = [main, 'serve', '--dir', join(this.#at, 'data'), '--listen', '127.0.0.1:0']
    const enter = ['-t', String(this.#holder.pid), '-m', '--', process.execPath]
    const child = spawn('nsenter', [...enter, ...command, ...args])
    onTestFinished(() => {
      child.kill('SIGKILL')
    })
    let told = ''
    child.stderr.on('data', (chunk) => {
      told += chunk
    })
    const ended = once(child, 'exit')
    const [line] = await Promise.race([
      once(child.stdout, 'data'),
      ended.then(() => Promise.reject(new Error(told))),
    ])
    const port = Number(/\d+$/m.exec(String(line))?.[0])
    return {
      connect: () => WireClient.connect(port),
      told: () => told.split('\n').filter((one) => one !== ''),
      kill: async () => {
        child.kill('SIGKILL')
        await ended
      },
    }
  }

  /** Takes all the room that there is; of a `failing` one below it. */
  fill(): void {
    const file = openSync(this.#filler, 'a')
    for (const size of [1 << 20, 4096, 1]) writeUntilFull(file, Buffer.alloc(size))
    closeSync(file)
  }

  makeRoom(): void {
    rmSync(this.#filler)
  }
}

function writeUntilFull(file: number, bytes: Buffer): void {
  try {
    for (;;) writeSync(file, bytes)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
  }
}
