import { channel } from 'node:diagnostics_channel'

const retentionFailed = channel('duramen:retention:failed')

/** Retention goes on with the other partitions. */
export function announceFailure(error: unknown, topic: string, partition: number): void {
  if (retentionFailed.hasSubscribers) retentionFailed.publish({ topic, partition, error })
}
