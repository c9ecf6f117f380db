export type { RecordMetadata } from './accumulator.js'
export { type ErrorListener, Producer, type SendOptions } from './producer.js'
export type { ProducerOptions } from './producer-options.js'
export type { ProducerRecord } from './producer-record.js'
