// Writing to a topic and reading it, by Kafka's tools.
import { numbered, unique } from '../feature.mjs'
import { linesOf, tool } from './tools.mjs'

export const valuesOf = (messages) => messages.map(({ value }) => value)

export async function newTopic(name, partitions) {
  const topic = unique(`tools-${name}`)
  await tool('kafka-topics', ['--create', '--topic', topic, '--partitions', `${partitions}`])
  return topic
}

/** Sends records with their keys; a topic comes into being by being written to. */
export async function send(topic, messages, ...options) {
  const properties = ['--property', 'parse.key=true', '--property', 'key.separator=|']
  const text = messages.map(({ key, value }) => `${key}|${value}\n`).join('')
  await tool('kafka-console-producer', ['--topic', topic, ...properties, ...options], text)
}

/** A new topic with 100 numbered records. */
export async function hundred(name) {
  const topic = unique(`tools-${name}`)
  await send(topic, numbered(100))
  return topic
}

/** The lines of `count` records, with what else is to be printed of each. */
export async function read(topic, count, printed, ...options) {
  const printing = [...printed.map((one) => `${one}=true`), 'null.literal=NULL']
  return linesOf(
    await tool('kafka-console-consumer', [
      ...['--topic', topic, '--max-messages', `${count}`, '--timeout-ms', '20000'],
      ...printing.flatMap((one) => ['--property', one]),
      ...options,
    ]),
  )
}

/** Has kafka-verifiable-producer send the numbers below `count`, and gives what it says. */
export async function verifiably(topic, count, ...options) {
  const args = ['--topic', topic, '--max-messages', `${count}`, ...options]
  return linesOf(await tool('kafka-verifiable-producer', args)).map((line) => JSON.parse(line))
}
