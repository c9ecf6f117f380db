export {
  addPartitions,
  alterTopicConfig,
  configDocumentation,
  createTopic,
  deleteTopic,
  partitionSizes,
  topicConfigs,
} from './admin.js'
export { ClusterClient } from './cluster-client.js'
export { follow } from './follow.js'
export {
  commitOffsets,
  committedOffsets,
  deleteGroup,
  findGroup,
  listGroups,
  type RemoteGroup,
} from './groups.js'
export { type Address, shownAddress } from './lost.js'
export { PartitionLeader } from './partition-leader.js'
export { type Acks, PartitionProducer } from './partition-producer.js'
export { newProducerId, type ProducerId } from './producer-id.js'
export { RemoteLog, type RemoteReadOptions } from './remote-log.js'
export type { TopicMetadata } from './topic-metadata.js'
