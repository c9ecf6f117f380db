import { GroupCoordinator, type GroupOptions } from '../group/index.js'
import type { PartitionLog } from '../log/index.js'
import type { TopicCatalog } from '../topic/index.js'
import { offsetsTopic } from '../topic/topic-name.js'

const offsetsConfig = { 'cleanup.policy': 'compact', 'segment.bytes': '104857600' } as const

/** The coordinator of a data directory's groups; its topic is made when it is missing. */
export async function startCoordinator(
  catalog: TopicCatalog,
  open: (partition: number) => Promise<PartitionLog>,
  groupOptions: Partial<GroupOptions>,
): Promise<GroupCoordinator> {
  const options = { groupInitialRebalanceDelayMs: 0, ...groupOptions }
  const known = catalog.find(offsetsTopic)
  const { partitions } =
    known ??
    (await catalog.create(offsetsTopic, {
      partitions: options.offsetsTopicNumPartitions ?? 50,
      config: offsetsConfig,
    }))
  return new GroupCoordinator({ partitions, open }, options)
}
