import { DuramenError, ERRORS, type ErrorCode, type ErrorInfo } from '../errors.js'
import { errorCodes, errorName, isRetriable } from '../protocol/index.js'

/** Of several of our codes with one number, those that a broker means by it. */
const preferred: { readonly [kafkaCode: number]: ErrorCode } = {
  2: 'ERR_CORRUPT_BATCH',
  3: 'ERR_NOT_FOUND',
  10: 'ERR_BATCH_TOO_LARGE',
  13: 'ERR_BROKER',
  40: 'ERR_INVALID_OPTION',
  42: 'ERR_INVALID_ARGUMENT',
  56: 'ERR_IO',
  87: 'ERR_INVALID_BATCH',
}

const codes = new Map<number, ErrorCode>()
for (const [code, { kafkaCode }] of Object.entries<ErrorInfo>(ERRORS)) {
  if (kafkaCode !== undefined) codes.set(kafkaCode, preferred[kafkaCode] ?? (code as ErrorCode))
}

/** What to do about it, where the name alone does not say. */
const remedies: { readonly [kafkaCode: number]: string } = {
  [errorCodes.offsetOutOfRange]: 'read from the earliest or latest offset',
  [errorCodes.corruptMessage]: 'look at what lies between here and the broker',
  [errorCodes.unknownTopicOrPartition]: 'look at the name',
  [errorCodes.messageTooLarge]: 'send smaller batches, or raise max.message.bytes of the topic',
  [errorCodes.invalidConfig]: 'give a name and a value that it allows',
  [errorCodes.invalidTopicException]: 'use letters, digits, dots, dashes and underscores',
  [errorCodes.invalidPartitions]: 'give a number that it allows; there can only become more',
  [errorCodes.topicAlreadyExists]: 'use another name, or alter the one that is there',
  [errorCodes.groupIdNotFound]: 'look at the name',
  [errorCodes.notEnoughReplicas]: 'bring replicas back, or lower min.insync.replicas',
  [errorCodes.topicAuthorizationFailed]: 'give this client permission on the topic',
  [errorCodes.groupAuthorizationFailed]: 'give this client permission on the group',
  [errorCodes.clusterAuthorizationFailed]: 'give this client permission on the cluster',
  [errorCodes.nonEmptyGroup]: 'stop its members first',
  [errorCodes.unknownMemberId]: 'stop the members of the group first',
  [errorCodes.invalidReplicationFactor]: 'start more brokers, or lower the replication factor',
}

/** What a broker has answered, as an error; `what` says what it was asked for. */
export function brokerError(kafkaCode: number, what: string, reason?: string | null): DuramenError {
  const can = isRetriable(kafkaCode) ? 'try again later' : "look the name up among Kafka's errors"
  const remedy = remedies[kafkaCode] ?? can
  const said = reason ? `: ${reason.replace(/[.\s]+$/, '')}` : ''
  // Some brokers say themselves what to do.
  const advice = said.includes('; ') ? '' : `; ${remedy}`
  const message = `${what}: the broker says ${errorName(kafkaCode)}${said}${advice}`
  const error = new DuramenError(codes.get(kafkaCode) ?? 'ERR_BROKER', message)
  return Object.assign(error, { kafkaCode, retriable: isRetriable(kafkaCode) })
}
