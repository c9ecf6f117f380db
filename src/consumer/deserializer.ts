import { DuramenError } from '../errors.js'
import { type Headers, Record } from '../record/index.js'

/**
 * Makes what an application works with of a record's key or value, which is a view of the log unless
 * `copy` is set. What is null stays null without being asked for.
 */
export type Deserializer<T> = (bytes: Buffer, topic: string, headers: Headers) => T

/** What a consumer does to each record before it gives it. */
export interface RecordShape {
  readonly copy: boolean
  readonly keyDeserializer: Deserializer<unknown> | undefined
  readonly valueDeserializer: Deserializer<unknown> | undefined
}

/**
 * The record as the application is to have it: the same one where nothing is asked for.
 *
 * @throws DuramenError `ERR_DESERIALIZER` with `topic`, `partition`, and the offset as `fromOffset` and `toOffset`
 */
export function shaped(
  record: Record,
  { copy, keyDeserializer, valueDeserializer }: RecordShape,
): Record<unknown, unknown> {
  const own = copy ? record.copy() : record
  if (keyDeserializer === undefined && valueDeserializer === undefined) return own
  return new Record({
    ...own,
    key: deserialized(keyDeserializer, own.key, own, 'key'),
    value: deserialized(valueDeserializer, own.value, own, 'value'),
  })
}

function deserialized(
  deserializer: Deserializer<unknown> | undefined,
  bytes: Buffer | null,
  { topic, partition, offset, headers }: Record,
  what: string,
): unknown {
  if (deserializer === undefined || bytes === null) return bytes
  try {
    return deserializer(bytes, topic, headers)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new DuramenError(
      'ERR_DESERIALIZER',
      `the ${what}Deserializer threw '${reason}' at ${topic}-${partition}, offset ${offset}; mend it, or seek to ${offset + 1} to skip the record`,
      { topic, partition, fromOffset: offset, toOffset: offset, cause },
    )
  }
}
