import type { GroupOptions } from '../config/group-config.js'
import { shown } from '../config/option.js'
import { DuramenError } from '../errors.js'
import { refusal } from './refusals.js'
import type { JoinRequest } from './requests.js'

// An int32, on the wire and in the log; and no timer of Node's takes longer.
const longestTimeoutMs = 2 ** 31 - 1

// A text has at most so many bytes in the log, and in the older versions of Kafka's protocol.
const longestText = 2 ** 15 - 1

/** Behind its client's, a member's id has a dash and a UUID. */
const longestIdOfClient = longestText - 37

/**
 * Old clients commit without a group id, so that the empty one may be asked for offsets.
 *
 * @throws DuramenError `ERR_INVALID_GROUP_ID`
 */
export function checkGroupId(groupId: unknown, mayBeEmpty = false): void {
  const isText = typeof groupId === 'string' && (groupId !== '' || mayBeEmpty)
  if (isText && Buffer.byteLength(groupId) <= longestText) return
  const text = isText ? `one of ${groupId.length} characters` : shown(groupId)
  throw new DuramenError(
    'ERR_INVALID_GROUP_ID',
    `the group id is ${text}: give a text that is not empty, of at most ${longestText} bytes`,
  )
}

/** @throws DuramenError `ERR_INVALID_SESSION_TIMEOUT`, `ERR_INVALID_ARGUMENT` */
export function checkJoin(request: JoinRequest, options: GroupOptions): void {
  checkTimeouts(request, options)
  const { groupId, clientId = '', groupInstanceId, protocolType, protocols } = request
  const texts = [clientId, groupInstanceId ?? '', protocolType, ...protocols.map((p) => p.name)]
  if (texts.every((text) => Buffer.byteLength(text) <= longestIdOfClient)) return
  const message = `the texts with which a member joins may have ${longestIdOfClient} bytes`
  throw refusal('ERR_INVALID_ARGUMENT', groupId, message)
}

function checkTimeouts(
  { groupId, sessionTimeoutMs, rebalanceTimeoutMs }: JoinRequest,
  { groupMinSessionTimeoutMs: least, groupMaxSessionTimeoutMs: most }: GroupOptions,
): void {
  if (!(sessionTimeoutMs >= least && sessionTimeoutMs <= most)) {
    const message = `the session timeout ${shown(sessionTimeoutMs)} must be from ${least} to ${most} ms`
    throw refusal('ERR_INVALID_SESSION_TIMEOUT', groupId, message)
  }
  if (rebalanceTimeoutMs >= 0 && rebalanceTimeoutMs <= longestTimeoutMs) return
  const message = `the rebalance timeout ${shown(rebalanceTimeoutMs)} must be from 0 to ${longestTimeoutMs} ms`
  throw refusal('ERR_INVALID_ARGUMENT', groupId, message)
}
