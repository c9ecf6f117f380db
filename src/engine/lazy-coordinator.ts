import type { GroupOptions } from '../config/group-config.js'
import { GroupCoordinator } from '../group/index.js'
import type { PartitionLog } from '../log/index.js'
import type { TopicCatalog } from '../topic/index.js'
import { offsetsTopic } from '../topic/topic-name.js'

const offsetsConfig = { 'cleanup.policy': 'compact', 'segment.bytes': '104857600' } as const

type OpenPartition = (partition: number) => Promise<PartitionLog>

/** The coordinator of a data directory's groups, started when somebody first asks for it. */
export class LazyCoordinator {
  readonly #start: () => Promise<GroupCoordinator>
  #started: Promise<GroupCoordinator> | undefined

  constructor(catalog: TopicCatalog, open: OpenPartition, options: GroupOptions) {
    this.#start = () => startCoordinator(catalog, open, options)
  }

  /** @throws what opening its logs throws; the next call tries again, as there may be room by then */
  get(): Promise<GroupCoordinator> {
    this.#started ??= this.#start().catch((error) => {
      this.#started = undefined
      throw error
    })
    return this.#started
  }

  async close(): Promise<void> {
    const coordinator = await this.#started?.catch(() => undefined)
    await coordinator?.close()
  }
}

/** Its topic is made when it is missing. */
async function startCoordinator(
  catalog: TopicCatalog,
  open: OpenPartition,
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
