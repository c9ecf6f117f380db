import { close, constants, fstat, open, read, stat } from 'node:fs'
import { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { promisify } from 'node:util'
import { DuramenError } from '../errors.js'
import { systemError } from '../log/files/system-error.js'

/** Where `produce` reads from. */
export interface Input {
  /** For messages. */
  readonly name: string
  /** Whether somebody types it. */
  readonly isTerminal?: boolean
  /** Reads into `target` what there is at once, and at least a byte; 0 at the end. */
  readonly read: (target: Uint8Array) => Promise<number>
  readonly close: () => Promise<void>
}

/** A file or a named pipe. `signal` ends it. */
export async function openFile(path: string, signal: AbortSignal): Promise<Input> {
  try {
    const stats = await promisify(stat)(path)
    if (stats.isDirectory()) throw isDirectory(path)
    if (!stats.isFIFO()) return fileInput(await promisify(open)(path, 'r'), path)
    // A thread that waits for a writer could not be ended, and would keep the process from exiting.
    const fd = await promisify(open)(path, constants.O_RDONLY | constants.O_NONBLOCK)
    return streamInput(new Socket({ fd }), path, signal)
  } catch (error) {
    throw systemError(error, path)
  }
}

/** Standard input, whatever it is. `signal` ends it. */
export async function standardInput(signal: AbortSignal): Promise<Input> {
  const name = 'standard input'
  const stats = await promisify(fstat)(0)
  if (stats.isDirectory()) throw isDirectory(name)
  if (stats.isFile()) return fileInput(0, name)
  return { ...streamInput(process.stdin, name, signal), isTerminal: process.stdin.isTTY }
}

function isDirectory(name: string): DuramenError {
  return new DuramenError('ERR_INVALID_ARGUMENT', `${name} is a directory; give a file`)
}

/** In reads as large as the target. */
function fileInput(fd: number, name: string): Input {
  const readFrom = promisify(read)
  return {
    name,
    async read(target) {
      try {
        return (await readFrom(fd, target, 0, target.length, null)).bytesRead
      } catch (error) {
        throw systemError(error, name)
      }
    },
    close: () => promisify(close)(fd),
  }
}

/** A stream: its chunks are copied, as many as have arrived. */
export function streamInput(stream: Readable, name: string, signal: AbortSignal): Input {
  let ended = false
  let failure: unknown
  let wake = () => {}
  stream.on('readable', () => wake())
  stream.on('end', () => {
    ended = true
    wake()
  })
  stream.on('error', (error) => {
    failure = systemError(error, name)
    wake()
  })
  signal.addEventListener('abort', () => wake())
  const take = chunkTaker(stream)
  // A pipe hands out 64 KiB at a time: go on while each turn of the event loop brings more.
  const takeAll = async (target: Uint8Array): Promise<number> => {
    let filled = take(target)
    for (let more = filled; more > 0 && filled < target.length; filled += more) {
      await turn()
      more = take(target.subarray(filled))
    }
    return filled
  }
  return {
    name,
    async read(target) {
      for (;;) {
        if (signal.aborted) return 0
        const filled = await takeAll(target)
        if (filled > 0 || ended) return filled
        if (failure !== undefined) throw failure
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    },
    close: async () => void stream.destroy(),
  }
}

/** Copies what has arrived to a target, and keeps what does not fit for the next one. */
function chunkTaker(stream: Readable): (target: Uint8Array) => number {
  let rest: Uint8Array = new Uint8Array(0)
  return (target) => {
    let filled = 0
    while (filled < target.length) {
      if (rest.length === 0) rest = stream.read() ?? rest
      if (rest.length === 0) break
      const piece = rest.subarray(0, target.length - filled)
      target.set(piece, filled)
      filled += piece.length
      rest = rest.subarray(piece.length)
    }
    return filled
  }
}
