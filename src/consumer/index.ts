export type { TopicPartition, TopicPartitionOffset } from './assigned-partitions.js'
export { type Committable, Consumer, type ConsumerSeams, type WaitOptions } from './consumer.js'
export type { ConsumerOptions, OffsetReset } from './consumer-options.js'
export type { RebalanceListener } from './group-subscription.js'
