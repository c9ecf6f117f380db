// Runs the program of one client against a broker, and reads what it says of each feature.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { features } from './features.mjs'

// Kafka's tools, each of which starts a JVM, take half of it on two busy cores.
const limitMs = 300_000

/** What became of every feature: {feature, result, note}, in the order of the list. */
export async function runClient({ cwd, command, args }, bootstrap) {
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, BOOTSTRAP: bootstrap },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: limitMs,
    killSignal: 'SIGKILL',
  })
  const end = () => child.kill('SIGKILL')
  process.once('exit', end)
  child.once('exit', () => process.off('exit', end))
  const errors = []
  const answers = []
  createInterface({ input: child.stderr }).on('line', (line) => errors.push(line))
  createInterface({ input: child.stdout }).on('line', (line) => answers.push(line))
  const ending = await new Promise((resolve) => {
    child.on('error', (error) => resolve(error.message))
    child.on('close', (code, signal) => resolve(signal ?? `exit code ${code}`))
  })
  return { results: judged(answers, ending), errors: errors.slice(-20) }
}

/** One result a feature. What was not answered, or not by a word that is known, fails. */
export function judged(lines, ending) {
  const answers = new Map(lines.flatMap(parsed).map((answer) => [answer.feature, answer]))
  return features.map((feature) => {
    const answer = answers.get(feature)
    if (answer === undefined) return { feature, result: 'fails', note: `no answer (${ending})` }
    if (['works', 'fails', 'not in this client'].includes(answer.result)) return answer
    return { feature, result: 'fails', note: `answered with "${answer.result}"` }
  })
}

function parsed(line) {
  try {
    const answer = JSON.parse(line)
    return typeof answer?.feature === 'string' ? [answer] : []
  } catch {
    return []
  }
}
