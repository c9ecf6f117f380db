import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { changedOverrides, type TopicOverrides } from '../config/topic-config.js'
import { DuramenError } from '../errors.js'
import { systemError } from '../log/files/system-error.js'
import { replaceFile } from './replace-file.js'
import { checkTopicName } from './topic-name.js'
import { isUuid } from './uuid.js'

/** In the data directory; Kafka ignores files there that it does not know. */
export const catalogFile = 'duramen.topics'

export const mostPartitions = 100_000

const version = 1

/** A topic. */
export interface Topic {
  readonly name: string
  /** As Kafka writes ids: 22 characters. */
  readonly id: string
  /** How many: they are numbered from 0. */
  readonly partitions: number
  /** The configurations that are not the default. */
  readonly config: TopicOverrides
}

/** A topic in the file: `deleting` from when its deletion is certain until nothing of it is left. */
export interface CatalogEntry extends Topic {
  readonly deleting?: true
}

export type CatalogEntries = ReadonlyMap<string, CatalogEntry>

/**
 * Undefined where there is no such file.
 *
 * @throws DuramenError `ERR_CORRUPT_CATALOG`
 */
export async function readCatalog(directory: string): Promise<CatalogEntries | undefined> {
  const path = join(directory, catalogFile)
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw systemError(error, error.code === 'ENOTDIR' ? directory : path)
  })
  return text === undefined ? undefined : parsedCatalog(text, path)
}

/** Durably: the file is whole, or as it was before. A topic stands on a line of its own. */
export async function writeCatalog(directory: string, entries: CatalogEntries): Promise<void> {
  const path = join(directory, catalogFile)
  const topics = [...entries.values()].map(({ name, id, partitions, config, deleting }) =>
    JSON.stringify({ name, id, partitions, config, deleting }),
  )
  const text = `{"version":${version},"topics":[\n${topics.join(',\n')}\n]}\n`
  await replaceFile(path, text).catch((error) => {
    throw systemError(error, path)
  })
}

function parsedCatalog(text: string, path: string): CatalogEntries {
  let file: { readonly [field: string]: unknown }
  try {
    file = JSON.parse(text)
  } catch (cause) {
    throw corrupt(path, 'it is not JSON', cause)
  }
  if (file?.version !== version) {
    throw corrupt(path, `its version is ${JSON.stringify(file?.version)}, and not ${version}`)
  }
  if (!Array.isArray(file.topics)) throw corrupt(path, 'it has no list of topics')
  const entries = new Map<string, CatalogEntry>()
  const ids = new Set<string>()
  for (const [index, given] of file.topics.entries()) {
    const entry = checkedEntry(given, `topic ${index + 1}`, path)
    const { name, id } = entry
    if (entries.has(name) || ids.has(id))
      throw corrupt(path, `${name}, or its id, stands there twice`)
    entries.set(name, entry)
    ids.add(id)
  }
  return entries
}

const fields = ['name', 'id', 'partitions', 'config', 'deleting']

function checkedEntry(
  given: { [field: string]: unknown },
  what: string,
  path: string,
): CatalogEntry {
  const refuse = (fault: string, cause?: unknown) => corrupt(path, `of ${what} ${fault}`, cause)
  if (typeof given !== 'object' || given === null) throw refuse('there are no fields')
  const strange = Object.keys(given).find((field) => !fields.includes(field))
  if (strange !== undefined) throw refuse(`the field ${JSON.stringify(strange)} is unknown`)
  const { name, id, partitions, config, deleting } = given
  if (!isUuid(id)) throw refuse('the id is malformed')
  if (!isPartitionCount(partitions)) throw refuse('the number of partitions is malformed')
  if (deleting !== undefined && deleting !== true) throw refuse('the state is malformed')
  try {
    checkTopicName(name as string)
    const overrides = changedOverrides({}, config as object)
    const topic: Topic = { name: name as string, id, partitions, config: overrides }
    return deleting ? { ...topic, deleting } : topic
  } catch (cause) {
    throw refuse(`a field is wrong: ${(cause as Error).message}`, cause)
  }
}

export function isPartitionCount(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= mostPartitions
}

function corrupt(path: string, fault: string, cause?: unknown): DuramenError {
  return new DuramenError(
    'ERR_CORRUPT_CATALOG',
    `${path} is damaged: ${fault}; restore it, or move it aside and lose the configurations in it`,
    { path, cause },
  )
}
