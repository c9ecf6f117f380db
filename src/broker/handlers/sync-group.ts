import { apis, errorCodes, type RequestOf } from '../../protocol/index.js'
import { Refusal } from '../error-code.js'
import { type Call, type Host, handler, Later } from '../handler.js'

type Request = RequestOf<typeof apis.syncGroup>

/** As for JoinGroup, the client's next request may begin while this one waits for the leader. */
export const syncGroupHandler = handler(
  apis.syncGroup,
  (request, call, host) => new Later(sync(request, call, host)),
)

async function sync(request: Request, { version, signal }: Call, { engine }: Host) {
  const { groupId, memberId, groupInstanceId, protocolType, protocolName } = request
  if (version >= 5 && (protocolType === null || protocolName === null)) {
    const message = 'As of version 5 the protocol type and name must be given.'
    throw new Refusal(errorCodes.inconsistentGroupProtocol, message)
  }
  const coordinator = await engine.groups()
  const answer = await coordinator.sync({
    ...{ groupId, memberId, groupInstanceId, protocolType, protocolName, signal },
    generation: request.generationId,
    // Copied: they are kept.
    assignments: request.assignments.map((one) => ({
      memberId: one.memberId,
      assignment: Buffer.from(one.assignment),
    })),
  })
  return { errorCode: errorCodes.none, ...answer }
}
