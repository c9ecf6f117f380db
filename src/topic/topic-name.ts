import { DuramenError } from '../errors.js'

/** Kafka's own log of its controllers, which it keeps beside the topics. */
export const hiddenTopic = '__cluster_metadata'

/** Where groups keep what they have committed. */
export const offsetsTopic = '__consumer_offsets'

const internalTopics: ReadonlySet<string> = new Set([offsetsTopic, '__transaction_state'])

/** Whether brokers keep a topic of that name for themselves. */
export function isInternalTopic(name: string): boolean {
  return internalTopics.has(name)
}

/** Whether Kafka would let a topic have that name. */
export function isTopicName(name: string): boolean {
  return /^[a-zA-Z0-9._-]{1,249}$/.test(name) && name !== '.' && name !== '..'
}

/**
 * @throws DuramenError `ERR_INVALID_TOPIC` for a name that Kafka would not take, or that is its own
 */
export function checkTopicName(name: string): void {
  if (name === hiddenTopic) {
    throw invalid(`${hiddenTopic} belongs to Kafka's controllers; use another topic`)
  }
  if (typeof name === 'string' && isTopicName(name)) return
  throw invalid(
    `'${name}' cannot name a topic; use 1 to 249 letters, digits, dots, dashes and underscores`,
  )
}

/**
 * Only the group coordinator writes to its topic.
 *
 * @throws DuramenError `ERR_INVALID_TOPIC`
 */
export function checkWritable(name: string): void {
  if (name !== offsetsTopic) return
  throw invalid(`${offsetsTopic} holds what groups have committed; send to another topic`)
}

/**
 * Groups keep their offsets there as long as the engine is open.
 *
 * @throws DuramenError `ERR_INVALID_ARGUMENT`
 */
export function checkDeletable(name: string): void {
  if (name !== offsetsTopic) return
  throw new DuramenError(
    'ERR_INVALID_ARGUMENT',
    `${offsetsTopic} holds what groups have committed; delete groups, or topics that they consume`,
  )
}

/**
 * Kafka names metrics after topics with underscores for dots, so two topics must not differ in that
 * alone.
 *
 * @param others names by what they are unified
 * @throws DuramenError `ERR_INVALID_TOPIC`
 */
export function checkCollision(name: string, others: ReadonlyMap<string, string>): void {
  const other = others.get(unifiedName(name))
  if (other === undefined || other === name) return
  throw invalid(`${name} differs from the topic ${other} in dots and underscores only; rename it`)
}

/** The same for all names that collide. */
export function unifiedName(name: string): string {
  return name.replaceAll('.', '_')
}

function invalid(message: string): DuramenError {
  return new DuramenError('ERR_INVALID_TOPIC', message)
}
