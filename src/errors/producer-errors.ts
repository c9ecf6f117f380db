import type { ErrorInfo } from '../errors.js'

/** What a log says no with to producers, idempotent and transactional ones among them. */
export const producerErrors = {
  ERR_INVALID_PRODUCER_EPOCH: {
    kafkaCode: 47,
    retriable: false,
    meaning: 'A producer sends with an epoch that is older than one the log has seen of it.',
    remedy: 'Close that producer: another has taken its place.',
  },
  ERR_INVALID_TIMESTAMP: {
    kafkaCode: 32,
    retriable: false,
    meaning:
      'A record has a timestamp that its topic does not take; nothing of its batch was stored.',
    remedy:
      "Set the producer's clock, or raise `messageTimestampBeforeMaxMs` or " +
      '`messageTimestampAfterMaxMs` of the topic.',
  },
  ERR_INVALID_TXN_STATE: {
    kafkaCode: 48,
    retriable: false,
    meaning: 'A producer with an open transaction sends a batch that is not part of it.',
    remedy: 'Commit or abort the transaction first.',
  },
  ERR_OUT_OF_ORDER_SEQUENCE: {
    kafkaCode: 45,
    retriable: false,
    meaning:
      "A batch's sequence does not follow the producer's last one: one before it is missing.",
    remedy: 'Send what is missing first; or go on with a new epoch, from sequence 0.',
  },
  ERR_TRANSACTION_COORDINATOR_FENCED: {
    kafkaCode: 52,
    retriable: false,
    meaning: 'A marker that ends a transaction comes from a coordinator that was replaced.',
    remedy: 'Let the coordinator with the newer epoch end the transaction.',
  },
  ERR_TRANSACTIONS_UNSUPPORTED: {
    kafkaCode: 35,
    retriable: false,
    meaning: 'A client sends as part of a transaction; the broker does not serve transactions yet.',
    remedy: 'Leave `transactional.id` out; idempotent producers are served.',
  },
} as const satisfies Readonly<Record<`ERR_${string}`, ErrorInfo>>
