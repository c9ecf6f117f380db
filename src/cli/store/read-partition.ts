import { isGone } from '../../log/files/system-error.js'
import { PartitionLog } from '../../log/index.js'
import { partitionPath } from '../../topic/index.js'

/**
 * What `look` makes of a partition, opened for reading; undefined where it has no directory yet, so
 * that it has no records either.
 */
export async function readPartition<T>(
  dir: string,
  { topic, partition }: { readonly topic: string; readonly partition: number },
  look: (log: PartitionLog) => T | Promise<T>,
): Promise<T | undefined> {
  try {
    const log = await PartitionLog.open(partitionPath(dir, topic, partition), { readOnly: true })
    try {
      return await look(log)
    } finally {
      await log.close()
    }
  } catch (error) {
    if (isGone(error)) return undefined
    throw error
  }
}
