export { type CatalogOptions, TopicCatalog } from './catalog.js'
export type { Topic } from './catalog-file.js'
export type { AlterOptions, NewTopic, TopicChanges } from './changes.js'
export { type FoundTopic, listTopics, makeDataDirectory, partitionPath } from './data-directory.js'
export { type Identity, identityOf } from './identity.js'
export { preparePartitions } from './partition-directory.js'
export {
  createPartitioner,
  type PartitionerChoice,
  type PartitionerName,
  partitionerNames,
} from './partitioners/create.js'
export type { PartitionFunction } from './partitioners/function.js'
export type { Partitioner, RecordBytes } from './partitioners/partitioner.js'
export { closeAll, openTopic, type TopicLogs, type TopicLogsOptions } from './topic-logs.js'
export { noUuid } from './uuid.js'
