import { DuramenError } from '../errors.js'
import type { BytesInput } from '../record/index.js'
import type { ProducerRecord } from './producer-record.js'

/** Makes bytes of a key or value as the application has it. What is null stays null without being asked for. */
export type Serializer<T> = (data: T, topic: string) => BytesInput

/** Those of a producer; whatever they take is what its records hold. */
export interface Serializers {
  readonly keySerializer: Serializer<never> | undefined
  readonly valueSerializer: Serializer<never> | undefined
}

/**
 * The record with bytes for key and value: the same one where nothing is asked for.
 *
 * @throws DuramenError `ERR_SERIALIZER`
 */
export function serialized(
  topic: string,
  record: ProducerRecord<unknown, unknown>,
  { keySerializer, valueSerializer }: Serializers,
): ProducerRecord {
  if (keySerializer === undefined && valueSerializer === undefined) return record as ProducerRecord
  return {
    ...record,
    key: bytesOf(keySerializer, record.key, topic, 'key'),
    value: bytesOf(valueSerializer, record.value, topic, 'value'),
  }
}

function bytesOf(
  serializer: Serializer<never> | undefined,
  data: unknown,
  topic: string,
  what: string,
): BytesInput {
  if (serializer === undefined || data === null || data === undefined) return data as BytesInput
  try {
    return serializer(data as never, topic)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new DuramenError(
      'ERR_SERIALIZER',
      `the ${what}Serializer threw '${reason}' for a record of ${topic}; mend it, or send what it takes`,
      { topic, cause },
    )
  }
}
