import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

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

/** Starts `duramen` with these arguments, as a user would: what `dist/` has. */
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

/** Runs `duramen` to its end, with `input` on its standard input. */
export function duramen(
  args: readonly string[],
  input: string | Uint8Array = '',
  options?: CommandOptions,
): Promise<Outcome> {
  const { child, ended } = startCommand(args, options)
  child.stdin.end(input)
  return ended
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
