import type { Engine } from '../../engine.js'
import { DuramenError } from '../../errors.js'
import type { LeaveRequest, LeaveResult } from '../../group/index.js'
import { apis, errorCodes } from '../../protocol/index.js'
import { resultCodeOf } from '../error-code.js'
import { handler } from '../handler.js'

/** One member up to version 2, whose result is that of the call; since then any number, each with its own. */
export const leaveGroupHandler = handler(
  apis.leaveGroup,
  async (request, { version }, { engine }) => {
    const { groupId, memberId } = request
    const members = version < 3 ? [{ memberId }] : request.members
    const results = await leave({ groupId, members }, engine)
    if (version < 3) return { errorCode: results[0].errorCode }
    return { errorCode: errorCodes.none, members: results }
  },
)

async function leave(request: LeaveRequest, engine: Engine) {
  const coordinator = await engine.groups()
  const results = await coordinator.leave(request).catch((error) => {
    // Of a group that there is not, no one is a member.
    if (!(error instanceof DuramenError) || error.code !== 'ERR_UNKNOWN_MEMBER_ID') throw error
    return request.members.map((member): LeaveResult => ({ ...member, error }))
  })
  return results.map(({ memberId = '', groupInstanceId = null, error }) => ({
    memberId,
    groupInstanceId,
    errorCode: resultCodeOf(error),
  }))
}
