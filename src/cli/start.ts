import { describe, exitCodeOf, usage } from './failure.js'
import { ingest } from './ingest.js'
import { exitCodeOfSignal, listenForSignals } from './signals.js'

/** `npm start [-- FILE]`: appends a file to a log in ./data, reads it back, and checks all of it. */
async function start([file, ...more]: readonly string[]): Promise<void> {
  // What nobody reads any more need not be said: `npm start | head`.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  const signal = listenForSignals()
  try {
    if (more.length > 0 || file?.startsWith('-')) throw usage('give one file: npm start -- FILE')
    process.exitCode = await ingest(file, 'data', signal, (line) =>
      process.stdout.write(`${line}\n`),
    )
  } catch (error) {
    if (!signal.aborted) process.stderr.write(`duramen: ${describe(error, false)}\n`)
    process.exitCode = signal.aborted ? exitCodeOfSignal(signal) : exitCodeOf(error)
  }
}

void start(process.argv.slice(2))
