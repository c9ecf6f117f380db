import type { ErrorInfo } from '../errors.js'

/** What brokers elsewhere, and the way to them, say no with. */
export const remoteErrors = {
  ERR_BAD_ANSWER: {
    retriable: false,
    meaning: "What came from a broker contradicts itself, or Kafka's protocol.",
    remedy: 'Look whether the address is that of a broker, and nothing on the way changes bytes.',
  },
  ERR_BROKER: {
    retriable: false,
    meaning: 'A broker refused a request for a reason that has no code of its own here.',
    remedy: "Look the name in the message up among Kafka's errors; `kafkaCode` is its number.",
  },
  ERR_CONNECTION: {
    kafkaCode: 13,
    retriable: true,
    meaning: 'A broker cannot be reached, or the connection to it is lost.',
    remedy: 'Look whether a broker listens at the address in the message, and what it advertises.',
  },
  ERR_UNSUPPORTED_VERSION: {
    kafkaCode: 35,
    retriable: false,
    meaning: 'A broker does not serve a request, or not in a version that is known here.',
    remedy: 'Use a broker of Apache Kafka 2.1 or later, or one that serves what is asked for.',
  },
} as const satisfies Readonly<Record<`ERR_${string}`, ErrorInfo>>
