export { brokerError } from './broker-error.js'
export type { Address } from './client-connection.js'
export { ClusterClient, type PartitionMetadata, type TopicMetadata } from './cluster-client.js'
export { RemoteLog, type RemoteReadOptions } from './remote-log.js'
