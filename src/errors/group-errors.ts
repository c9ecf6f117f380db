import type { ErrorInfo } from '../errors.js'

/** What the group coordinator says no with; the numbers are those that Kafka's clients know. */
export const groupErrors = {
  ERR_COORDINATOR_CLOSED: {
    kafkaCode: 15,
    retriable: true,
    meaning:
      'The group coordinator has been closed, or the group was deleted while a call was under way.',
    remedy: 'Open the engine again, or join the group again.',
  },
  ERR_CORRUPT_RECORD: {
    kafkaCode: 2,
    retriable: false,
    meaning:
      'A record of an internal topic cannot be decoded; it was passed over, and the others count.',
    remedy:
      'Find what else writes to the topic; `partition` and `fromOffset` say where the record stands.',
  },
  ERR_FENCED_INSTANCE_ID: {
    kafkaCode: 82,
    retriable: false,
    meaning: 'Another member with the same `groupInstanceId` has taken the place of this one.',
    remedy:
      'Give each running member a `groupInstanceId` of its own, and stop the one that was replaced.',
  },
  ERR_GROUP_ID_NOT_FOUND: {
    kafkaCode: 69,
    retriable: false,
    meaning: 'There is no group of that name.',
    remedy: 'Check the name; a group goes when its last committed offset has expired.',
  },
  ERR_GROUP_MAX_SIZE_REACHED: {
    kafkaCode: 81,
    retriable: false,
    meaning: 'The group has as many members as it may have.',
    remedy: 'Use a member less, or raise `groupMaxSize`.',
  },
  ERR_GROUP_SUBSCRIBED_TO_TOPIC: {
    kafkaCode: 86,
    retriable: false,
    meaning: 'Members of the group consume the topic whose committed offsets were to be deleted.',
    remedy: 'Stop these consumers first, or let them subscribe to other topics.',
  },
  ERR_ILLEGAL_GENERATION: {
    kafkaCode: 22,
    retriable: false,
    meaning:
      'The member belongs to an older generation of its group, or the group does not know it.',
    remedy:
      'Join the group again; what was not committed is consumed again by whoever has the partition.',
  },
  ERR_INCONSISTENT_GROUP_PROTOCOL: {
    kafkaCode: 23,
    retriable: false,
    meaning: 'The member and its group have no protocol type, or no assignor, in common.',
    remedy: 'Give the member an assignor that every member of the group has.',
  },
  ERR_INVALID_GROUP_ID: {
    kafkaCode: 24,
    retriable: false,
    meaning: 'The group id is empty or no text.',
    remedy: 'Give the group a name.',
  },
  ERR_INVALID_SESSION_TIMEOUT: {
    kafkaCode: 26,
    retriable: false,
    meaning: 'The session timeout is out of the bounds that the coordinator sets.',
    remedy:
      'Use one within `groupMinSessionTimeoutMs` and `groupMaxSessionTimeoutMs`, or change these.',
  },
  ERR_MEMBER_ID_REQUIRED: {
    kafkaCode: 79,
    retriable: true,
    meaning: 'The coordinator has given the new member an id, with which it has to join again.',
    remedy: 'Join again with the `memberId` of the error.',
  },
  ERR_NON_EMPTY_GROUP: {
    kafkaCode: 68,
    retriable: false,
    meaning: 'The group still has members.',
    remedy: 'Stop its members first.',
  },
  ERR_OFFSET_METADATA_TOO_LARGE: {
    kafkaCode: 12,
    retriable: false,
    meaning: 'The metadata of a committed offset is longer than allowed.',
    remedy: 'Shorten it, or raise `offsetMetadataMaxBytes`.',
  },
  ERR_REBALANCE_IN_PROGRESS: {
    kafkaCode: 27,
    retriable: true,
    meaning: 'The group is being rebalanced.',
    remedy: 'Join the group again, and repeat the call with the new generation.',
  },
  ERR_UNKNOWN_MEMBER_ID: {
    kafkaCode: 25,
    retriable: false,
    meaning:
      'The group does not have this member: it left, or was dropped because it stopped answering.',
    remedy: 'Join the group again without a member id.',
  },
} as const satisfies Readonly<Record<`ERR_${string}`, ErrorInfo>>
