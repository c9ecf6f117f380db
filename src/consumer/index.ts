export { Consumer, type TopicPartition, type TopicPartitionOffset } from './consumer.js'
export type { ConsumerOptions, OffsetReset } from './consumer-options.js'
