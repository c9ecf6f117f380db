import { type ChildProcess, execFileSync, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { onTestFinished } from 'vitest'
import type { PartitionLogOptions } from '../../src/log/index.js'

const program = join(import.meta.dirname, 'agent.mjs')

interface Answer {
  readonly id: number
  readonly result?: unknown
  readonly code?: string
  readonly message?: string
}

/** What an agent shows of a LogView. */
export interface SeenView {
  readonly baseOffset: number
  readonly nextOffset: number
  readonly fromOffset: number
  readonly sizeInBytes: number
  readonly valid: boolean
  readonly values: string[]
}

/** A log that lives in another thread or process; ends with the test. */
export class Agent {
  readonly #send: (call: object) => void
  readonly #waiting = new Map<number, (answer: Answer) => void>()
  readonly end: () => Promise<unknown>
  #lastId = 0

  constructor(send: (call: object) => void, end: () => Promise<unknown>) {
    this.#send = send
    this.end = end
    onTestFinished(async () => {
      await end()
    })
  }

  readonly receive = (answer: Answer): void => {
    this.#waiting.get(answer.id)?.(answer)
    this.#waiting.delete(answer.id)
  }

  /** The result of a call, or the code of its error. */
  async call<T = unknown>(method: string, ...args: unknown[]): Promise<T> {
    const id = ++this.#lastId
    const answer = await new Promise<Answer>((resolve) => {
      this.#waiting.set(id, resolve)
      this.#send({ id, method, args })
    })
    return (answer.code ?? answer.result) as T
  }

  open(directory: string, options: PartitionLogOptions = {}): Promise<unknown> {
    return this.call('open', directory, options)
  }
}

/** An agent in a process of its own; `end` kills it at once. */
export function processAgent(uid?: number): Agent & { readonly pid: number } {
  return agentOf(fork(program, { serialization: 'advanced', uid }))
}

/**
 * As `processAgent`, in a mount namespace of its own, where `mount`, a shell command, has run: what
 * it mounts nobody else sees, and it goes with the process.
 */
export function mountAgent(mount: string): Agent & { readonly pid: number } {
  const script = `${mount} && exec "$0" "$@"`
  const child = spawn('unshare', ['-m', 'sh', '-c', script, process.execPath, program], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    serialization: 'advanced',
  })
  return agentOf(child)
}

/** Why `mountAgent` cannot mount so here; undefined where it can. */
export function whyNoMounts(mount = 'mount -t tmpfs tmpfs /mnt'): string | undefined {
  try {
    execFileSync('unshare', ['-m', 'sh', '-c', mount], { stdio: 'ignore' })
    return undefined
  } catch {
    return 'it takes a Linux where this user may mount a file system (root, with unshare)'
  }
}

function agentOf(child: ChildProcess): Agent & { readonly pid: number } {
  const exited = once(child, 'exit')
  const agent = new Agent(
    (call) => child.send(call),
    () => {
      child.kill('SIGKILL')
      return exited
    },
  )
  child.on('message', agent.receive)
  return Object.assign(agent, { pid: child.pid as number })
}

/** An agent in a thread of this process; `end` terminates it. */
export function threadAgent(): Agent {
  const worker = new Worker(program)
  const agent = new Agent(
    (call) => worker.postMessage(call),
    () => worker.terminate(),
  )
  worker.on('message', agent.receive)
  return agent
}
