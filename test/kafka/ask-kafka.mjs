// Asks Kafka's own classes about messages: one JVM for all questions.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { kafkaClassPath } from './kafka-jars.mjs'

const program = fileURLToPath(new URL('Messages.java', import.meta.url))

/** The answers to `questions`, in their order. Messages.java has what may be asked. */
export function askKafka(questions) {
  const { stdout, stderr, status, error } = spawnSync(
    'java',
    ['-Xmx512m', '-cp', kafkaClassPath(), program],
    {
      input: questions.map((question) => `${JSON.stringify(question)}\n`).join(''),
      encoding: 'utf8',
      maxBuffer: 2 ** 30,
    },
  )
  if (error) throw error
  if (status !== 0) throw new Error(`Messages.java exits with ${status}:\n${stderr}`)
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
}
