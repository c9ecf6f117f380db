export type { FlushPolicy, LogOptions } from '../config/log-options.js'
export { DuramenError } from '../errors.js'
export type { AppendInput, AppendOptions } from './append-input.js'
export type { Columns } from './columns.js'
export { LogView } from './log-view.js'
export {
  type Appended,
  PartitionLog,
  type PartitionLogOptions,
} from './partition-log.js'
export type { ReadOptions } from './read-options.js'
export type { TailOptions } from './tail.js'
export type { OffsetAndTimestamp } from './timestamp.js'
export type { VerifyFinding, VerifyReport } from './verify.js'
