import { DuramenError } from '../errors.js'
import { type CatalogEntry, isPartitionCount, mostPartitions } from './catalog-file.js'
import { thoseThere } from './those-there.js'
import { offsetsTopic } from './topic-name.js'

// What a catalog says no with.

/** @throws DuramenError `ERR_INVALID_OPTION` where anything is left over */
export function checkNone(others: object): void {
  const [name] = Object.keys(others)
  if (name === undefined) return
  const message = `there is no option ${name} of a topic; it has partitions, config, id and validateOnly`
  throw new DuramenError('ERR_INVALID_OPTION', message)
}

/** @throws DuramenError `ERR_INVALID_PARTITIONS` */
export function checkPartitions(count: number, fewest: number): void {
  if (isPartitionCount(count) && count >= fewest) return
  const there = fewest > 1 ? `; it has ${fewest - 1}` : ''
  throw new DuramenError(
    'ERR_INVALID_PARTITIONS',
    `a topic cannot be given ${count} partitions; give ${fewest} to ${mostPartitions}${there}`,
  )
}

/** With another number, what groups have committed would be found no more. */
export function fixedPartitions(): DuramenError {
  return new DuramenError(
    'ERR_INVALID_PARTITIONS',
    `${offsetsTopic} keeps its partitions: in which of them a group is found depends on their number`,
  )
}

export function topicExists({ name, id, deleting }: CatalogEntry): DuramenError {
  const how = deleting
    ? `${name} is being deleted; delete it again`
    : `the topic ${name} already exists`
  return new DuramenError('ERR_TOPIC_EXISTS', `${how} (id ${id}); choose another name or id`)
}

export function noTopic(directory: string, name: string, topics: readonly string[]): DuramenError {
  return new DuramenError(
    'ERR_NOT_FOUND',
    `there is no topic ${name} in ${directory}; ${thoseThere(topics)}`,
  )
}

/** Somebody has made another of that name. */
export function otherTopic({ name, id }: CatalogEntry, asked: string): DuramenError {
  return new DuramenError('ERR_NOT_FOUND', `the topic ${name} has the id ${id}, and not ${asked}`)
}
