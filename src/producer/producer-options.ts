import { checkedOptions, functionOnly, type Option, type OptionValues } from '../config/option.js'
import { DuramenError } from '../errors.js'
import { batchOptions, batchOptionTable } from '../record/batch-options.js'
import type { BytesInput } from '../record/index.js'
import { type PartitionerChoice, partitionerNames } from '../topic/partitioners/create.js'
import type { Serializer } from './serializer.js'

const int32Max = 2 ** 31 - 1
const mebibyte = 1024 * 1024

/** The options of a producer; docs/configuration.md describes each. */
export const producerOptions = {
  acks: {
    kafka: 'acks',
    default: 'all',
    choices: ['all', 1, 0],
    meaning:
      "What a send waits for. 'all': what the flush policy promises. 1: the page cache. 0: " +
      'nothing; its offset is then -1, and only `onError` hears of a failure.',
  } as Option<'all' | 1 | 0>,
  enableIdempotence: {
    kafka: 'enable.idempotence',
    default: true,
    meaning:
      'Number the records under a producer id, so that none is stored twice or out of order. It ' +
      "needs `acks` 'all': with others it is off unless it is asked for, which is then an error.",
  } as Option<boolean>,
  batchSize: {
    kafka: 'batch.size',
    default: 16_384,
    bounds: [0, int32Max],
    meaning:
      'Bytes of a batch, before compression, from which on it is appended. A larger record has a ' +
      'batch of its own; 0 gives each record one.',
  } as Option<number>,
  lingerMs: {
    kafka: 'linger.ms',
    default: 0,
    bounds: [0, int32Max],
    meaning:
      'How long a batch that is not full waits for more records. 0: until the event loop turns.',
  } as Option<number>,
  bufferMemory: {
    kafka: 'buffer.memory',
    default: 32 * mebibyte,
    bounds: [1024, Number.MAX_SAFE_INTEGER],
    meaning: 'Bytes of records that may wait to be acknowledged before sending waits.',
  } as Option<number>,
  maxBlockMs: {
    kafka: 'max.block.ms',
    default: 60_000,
    bounds: [0, int32Max],
    meaning: 'How long a send waits for room in `bufferMemory`.',
  } as Option<number>,
  maxRequestSize: {
    kafka: 'max.request.size',
    default: mebibyte,
    bounds: [0, int32Max],
    meaning: 'Largest record that is taken, with the header of its batch, before compression.',
  } as Option<number>,
  partitioner: {
    kafka: 'partitioner.class',
    default: 'sticky',
    choices: partitionerNames,
    made: ['a function', functionOnly],
    meaning:
      "Where a record goes that names no partition. 'sticky': by murmur2 of its key, without one " +
      "batch by batch; 'consistent-hash': by a ring of hashes; 'round-robin': in turn; or a function " +
      '(topic, key, value, partitions) => partition.',
  } as Option<PartitionerChoice>,
  keySerializer: {
    kafka: 'key.serializer',
    default: undefined,
    choices: [],
    made: ['a function', functionOnly],
    meaning:
      'Makes bytes, or text, of a key as the application has it: (key, topic) => bytes. The ' +
      'partitioner is given those. A key that is null stays null.',
  } as Option<Serializer<never> | undefined>,
  valueSerializer: {
    kafka: 'value.serializer',
    default: undefined,
    choices: [],
    made: ['a function', functionOnly],
    meaning: 'The same for values.',
  } as Option<Serializer<never> | undefined>,
  compression: batchOptionTable.compression,
  compressionLevel: batchOptionTable.compressionLevel,
}

type Checked = OptionValues<typeof producerOptions>

/** The serializers say what the records of the producer may hold. */
export interface ProducerOptions<K = BytesInput, V = BytesInput>
  extends Omit<Checked, 'keySerializer' | 'valueSerializer'> {
  keySerializer: Serializer<K> | undefined
  valueSerializer: Serializer<V> | undefined
}

/**
 * Checked, over the defaults.
 *
 * @throws DuramenError `ERR_INVALID_OPTION`
 */
export function checkedProducerOptions(given: {
  readonly [name: string]: unknown
}): ProducerOptions<never, never> {
  const options = checkedOptions(producerOptions, given)
  const { compression, compressionLevel } = options
  batchOptions({ compression, compressionLevel }) // Refuses a level that the codec does not have.
  if (options.acks === 'all') return options
  if (given.enableIdempotence === true) {
    throw new DuramenError(
      'ERR_INVALID_OPTION',
      `acks is ${options.acks}, and enableIdempotence needs 'all'; leave one of the two out`,
    )
  }
  return { ...options, enableIdempotence: false }
}
