import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { onTestFinished } from 'vitest'
import { streamInput } from '../../src/cli/input.js'
import { Output } from '../../src/cli/output.js'
import { execute } from '../../src/cli/run.js'
import type { Engine } from '../../src/engine.js'
import { startBroker } from '../support/brokers.js'
import { temporaryDirectory } from '../support/logs.js'

const root = join(import.meta.dirname, '../..')
const main = join(root, 'dist/cli/main.js')

/** How a command ended. */
export interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  readonly bytes: Buffer
}

/** A command that runs; ends with the test. */
export interface Running {
  readonly child: ChildProcessWithoutNullStreams
  readonly ended: Promise<Outcome>
}

export interface CommandOptions {
  /** Default: the repository's own folder. */
  readonly cwd?: string
  readonly program?: string
}

/** Starts `duramen` as a user would, in a process of its own: what `dist/` has. */
export function startCommand(args: readonly string[], options: CommandOptions = {}): Running {
  const { cwd = root, program = main } = options
  const child = spawn(process.execPath, [program, ...args], { cwd })
  // A command that ends before it has read everything breaks the pipe.
  child.stdin.on('error', () => {})
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  return { child, ended: outcomeOf(child) }
}

async function outcomeOf(child: ChildProcessWithoutNullStreams): Promise<Outcome> {
  const out: Buffer[] = []
  const err: Buffer[] = []
  child.stdout.on('data', (chunk) => out.push(chunk))
  child.stderr.on('data', (chunk) => err.push(chunk))
  const [code] = await once(child, 'close')
  const bytes = Buffer.concat(out)
  return { code, stdout: bytes.toString(), stderr: Buffer.concat(err).toString(), bytes }
}

/** Runs a command line in this process, with `input` on its standard input. */
export async function duramen(
  args: readonly string[],
  input: string | Uint8Array | Readable = '',
): Promise<Outcome> {
  const file = join(temporaryDirectory(), 'output')
  const fd = openSync(file, 'w')
  const { signal } = new AbortController()
  const said: string[] = []
  const stream = input instanceof Readable ? input : Readable.from([Buffer.from(input)])
  const code = await execute(args, {
    output: new Output(fd, false, signal),
    openInput: async () => streamInput(stream, 'standard input', signal),
    say: (line) => said.push(`${line}\n`),
    signal,
  })
  closeSync(fd)
  const bytes = readFileSync(file)
  return { code, stdout: bytes.toString(), stderr: said.join(''), bytes }
}

/** As `duramen`, and fails unless it exits with 0; what it wrote. */
export async function succeed(
  args: readonly string[],
  input: string | Uint8Array = '',
): Promise<string> {
  const { code, stdout, stderr } = await duramen(args, input)
  if (code === 0) return stdout
  throw new Error(`duramen ${args.join(' ')} ended with ${code}: ${stderr}`)
}

/** Resolves once the command's standard output contains `text`. */
export function untilOutput({ child }: Running, text: string): Promise<void> {
  let seen = ''
  return new Promise((resolve, reject) => {
    child.stdout.on('data', (chunk) => {
      seen += chunk
      if (seen.includes(text)) resolve()
    })
    child.on('close', () => reject(new Error(`it ended without writing '${text}'`)))
  })
}

/** Runs a shell script in which `"$@"` is `duramen` with its arguments. */
export async function shell(script: string, args: readonly string[]): Promise<Outcome> {
  const child = spawn('bash', ['-c', script, 'bash', process.execPath, main, ...args], {
    cwd: root,
  })
  child.stdin.end()
  return outcomeOf(child)
}

/** The options that lead to a broker over the engine, which goes when the test has finished. */
export async function overNetwork(engine: Engine): Promise<string[]> {
  const [{ host, port }] = (await startBroker({}, engine)).endpoints
  return ['--bootstrap-server', `${host}:${port}`]
}
