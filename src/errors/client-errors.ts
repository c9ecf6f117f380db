import type { ErrorInfo } from '../errors.js'

/** What producers and consumers say no with. */
export const clientErrors = {
  ERR_BUFFER_FULL: {
    retriable: true,
    meaning: 'Records are sent faster than they are acknowledged, and no room was left for one.',
    remedy: 'Await sends, or `drained()`; or raise `bufferMemory` or `maxBlockMs`.',
  },
  ERR_CONSUMER_BUSY: {
    retriable: false,
    meaning: 'A consumer is asked for records by two loops or calls at a time.',
    remedy: 'Leave the one before the other begins, or make a consumer for each.',
  },
  ERR_DESERIALIZER: {
    retriable: false,
    meaning: "A consumer's deserializer threw at the record that the message names.",
    remedy: 'Mend it; or seek to `toOffset + 1` of that partition, which skips the record.',
  },
  ERR_INVALID_REQUEST: {
    kafkaCode: 42,
    retriable: false,
    meaning: "A client's request is malformed, too large, or of no API or version that there is.",
    remedy: 'Look at what was connected to the port; the connection has been closed.',
  },
  ERR_NO_OFFSET: {
    retriable: false,
    meaning: 'A partition has no committed offset, and `autoOffsetReset` is none.',
    remedy: 'Commit an offset for the group, seek, or choose where to begin by `autoOffsetReset`.',
  },
  ERR_NOT_ASSIGNED: {
    retriable: false,
    meaning: 'A partition is not assigned to the consumer that was asked about it.',
    remedy: 'Assign it, or wait for the listener to say that the group has; ask who has it.',
  },
  ERR_PARTITIONER: {
    retriable: false,
    meaning: "A producer's own partitioner threw, or answered with no partition of the topic.",
    remedy: 'Let it return a whole number from 0 to one below the number of partitions.',
  },
  ERR_POLICY_VIOLATION: {
    kafkaCode: 44,
    retriable: false,
    meaning: 'What was asked for goes against a configuration of the topic.',
    remedy: 'Change the configuration that the message names, or leave the topic as it is.',
  },
  ERR_RECORD_TOO_LARGE: {
    kafkaCode: 10,
    retriable: false,
    meaning: 'A record is larger than a producer may send.',
    remedy: 'Split the record, or raise `maxRequestSize`, and `maxMessageBytes` of the topic.',
  },
  ERR_SERIALIZER: {
    retriable: false,
    meaning: "A producer's serializer threw; the record was not sent.",
    remedy: 'Mend the serializer, or send what it takes.',
  },
} as const satisfies Readonly<Record<`ERR_${string}`, ErrorInfo>>
