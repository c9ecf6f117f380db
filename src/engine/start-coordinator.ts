import type { GroupOptions } from '../config/group-config.js'
import { GroupCoordinator } from '../group/index.js'
import type { PartitionLog } from '../log/index.js'
import type { TopicCatalog } from '../topic/index.js'
import { offsetsTopic } from '../topic/topic-name.js'

const offsetsConfig = { 'cleanup.policy': 'compact', 'segment.bytes': '104857600' } as const

/** The coordinator of a data directory's groups; its topic is made when it is missing. */
export async function startCoordinator(
  catalog: TopicCatalog,
  open: (partition: number) => Promise<PartitionLog>,
  options: GroupOptions,
): Promise<GroupCoordinator> {
  const known = catalog.find(offsetsTopic)
  const { partitions } =
    known ??
    (await catalog.create(offsetsTopic, {
      partitions: options.offsetsTopicNumPartitions,
      config: offsetsConfig,
    }))
  return new GroupCoordinator({ partitions, open }, options)
}
