import { DuramenError, type ErrorCode } from '../errors.js'

/** An error that says which group it is about. */
export function refusal(code: ErrorCode, groupId: string, message: string): DuramenError {
  return new DuramenError(code, `group ${groupId}: ${message}`)
}

export function unknownMember(groupId: string, memberId: string): DuramenError {
  const who = memberId === '' ? 'this member' : `member ${memberId}`
  return refusal('ERR_UNKNOWN_MEMBER_ID', groupId, `${who} does not belong to it; join again`)
}

export function rebalancing(groupId: string): DuramenError {
  return refusal('ERR_REBALANCE_IN_PROGRESS', groupId, 'it is being rebalanced; join again')
}

export function noGroup(groupId: string): DuramenError {
  return refusal('ERR_GROUP_ID_NOT_FOUND', groupId, 'it does not exist')
}

export function closed(groupId: string): DuramenError {
  return refusal('ERR_COORDINATOR_CLOSED', groupId, 'its coordinator was closed, or it was deleted')
}

export function notEmpty(groupId: string): DuramenError {
  return refusal('ERR_NON_EMPTY_GROUP', groupId, 'it has members; stop them first')
}
