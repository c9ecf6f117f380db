export {
  type ApiMetrics,
  Broker,
  type BrokerMetrics,
  type BrokerOptions,
  type Endpoint,
  type Latencies,
} from './broker/index.js'
export type { BrokerConfig } from './config/broker-config.js'
export type { EngineOptions } from './config/engine-config.js'
export type { FlushPolicy, FlushWindow, LogOptions } from './config/log-options.js'
export {
  type Committable,
  Consumer,
  ConsumerBatch,
  type ConsumerOptions,
  type Deserializer,
  type OffsetReset,
  type OffsetResetDuration,
  type RebalanceListener,
  type TopicPartition,
  type TopicPartitionOffset,
  type TopicPartitionTime,
  type TopicPartitionTimestamp,
} from './consumer/index.js'
export { Engine, type OpenOptions, open } from './engine.js'
export { DuramenError, type ErrorCode, type ErrorDetails } from './errors.js'
export type { FetchedOffset } from './group/index.js'
export {
  type Appended,
  type AppendInput,
  type AppendOptions,
  type Columns,
  LogView,
  type OffsetAndTimestamp,
  PartitionLog,
  type PartitionLogOptions,
  type ReadOptions,
  type Recovered,
  type TailOptions,
  type VerifyFinding,
  type VerifyReport,
} from './log/index.js'
export {
  Producer,
  type ProducerOptions,
  type ProducerRecord,
  type RecordMetadata,
  type SendOptions,
  type Serializer,
} from './producer/index.js'
export {
  type BytesInput,
  type Headers,
  type HeadersInput,
  Record,
  type RecordInput,
  type RecordJson,
  type TimestampType,
} from './record/index.js'
export type {
  AlterOptions,
  NewTopic,
  PartitionerChoice,
  PartitionFunction,
  Topic,
  TopicChanges,
} from './topic/index.js'
