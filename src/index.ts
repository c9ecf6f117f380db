export type { FlushPolicy, FlushWindow, LogOptions } from './config/log-options.js'
export { DuramenError, type ErrorCode, type ErrorDetails } from './errors.js'
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
  type BytesInput,
  type Headers,
  type HeadersInput,
  Record,
  type RecordInput,
  type RecordJson,
  type TimestampType,
} from './record/index.js'
