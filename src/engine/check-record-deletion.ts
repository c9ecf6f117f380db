import { type TopicOverrides, topicConfig } from '../config/topic-config.js'
import { DuramenError } from '../errors.js'
import { isInternalTopic } from '../topic/topic-name.js'

/**
 * Whether records may be deleted at all.
 *
 * @throws DuramenError `ERR_INVALID_TOPIC` for a topic of the broker's own, `ERR_POLICY_VIOLATION` for
 * one that is only compacted
 */
export function checkRecordDeletion(topic: string, overrides: TopicOverrides): void {
  if (isInternalTopic(topic)) {
    throw new DuramenError(
      'ERR_INVALID_TOPIC',
      `the records of ${topic} are not to be deleted: groups and producers depend on them`,
      { topic },
    )
  }
  if (topicConfig(overrides).cleanupPolicy.includes('delete')) return
  throw new DuramenError(
    'ERR_POLICY_VIOLATION',
    `the records of ${topic} are compacted, and never deleted by offset; add 'delete' to its cleanup.policy first`,
    { topic },
  )
}
