import { readFile } from 'node:fs/promises'
import { parseLines } from 'dot-properties'
import { systemError } from '../log/files/system-error.js'

/** The settings of a file in the form of Kafka's `server.properties`; the last one of a name counts. */
export async function readProperties(file: string): Promise<Map<string, string>> {
  const text = await readFile(file, 'utf8').catch((error) => {
    throw systemError(error, file)
  })
  const pairs = parseLines(text).flatMap((line) => (typeof line === 'string' ? [] : [line]))
  return new Map(pairs.map(([name = '', value = '']) => [name, value.trim()]))
}
