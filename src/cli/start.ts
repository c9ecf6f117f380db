import { describe, exitCodeOf, usage } from './failure.js'
import { ingest } from './ingest.js'

/** `npm start [-- FILE]`: appends a file to a log in ./data, reads it back, and checks all of it. */
async function start(args: readonly string[]): Promise<void> {
  try {
    const [file, more] = args
    if (more !== undefined || file?.startsWith('-')) throw usage('npm start takes one file: npm start -- FILE')
    process.exitCode = await ingest(file, 'data', (line) => process.stdout.write(`${line}\n`))
  } catch (error) {
    process.stderr.write(`duramen: ${describe(error, false)}\n`)
    process.exitCode = exitCodeOf(error)
  }
}

void start(process.argv.slice(2))
