import { type TopicOverrides, topicConfig } from '../config/topic-config.js'
import { DuramenError } from '../errors.js'
import type { PartitionLog } from '../log/index.js'
import { isInternalTopic } from '../topic/topic-name.js'

/** Deletes the records below `offset`, which -1 makes the high watermark; the log start offset then. */
export async function deleteRecords(
  log: PartitionLog,
  overrides: TopicOverrides,
  offset: number,
): Promise<number> {
  checkDeletion(log.topic, overrides)
  await log.deleteBefore(offset === -1 ? log.highWatermark : offset)
  return log.logStartOffset
}

function checkDeletion(topic: string, overrides: TopicOverrides): void {
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
