import { DuramenError } from '../../errors.js'
import type { JoinAnswer } from '../../group/index.js'
import { apis, errorCodes, type RequestOf } from '../../protocol/index.js'
import { type Call, type Host, handler, Later } from '../handler.js'

type Request = RequestOf<typeof apis.joinGroup>

/**
 * Unlike in Kafka, the client's next request may begin while this one waits for the other members:
 * a member that leaves on the connection on which it joins, or dies with requests behind this one,
 * is then noticed at once, and not when the rebalance that it holds up is over. Answers still come in
 * order; what is asked meanwhile is judged as if it had come on another connection.
 */
export const joinGroupHandler = handler(
  apis.joinGroup,
  (request, call, host) => new Later(join(request, call, host)),
)

async function join(request: Request, call: Call, { engine }: Host) {
  try {
    const coordinator = await engine.groups()
    return answerOf(await coordinator.join(joinRequest(request, call)))
  } catch (error) {
    if (!(error instanceof DuramenError) || error.memberId === undefined) throw error
    const { memberId } = error
    const nothing = { protocolName: '', leader: '', members: [] }
    return { ...nothing, memberId, errorCode: errorCodes.memberIdRequired }
  }
}

function joinRequest(request: Request, { version, clientId, clientHost, signal }: Call) {
  const { groupId, memberId, groupInstanceId, protocolType, sessionTimeoutMs } = request
  return {
    ...{ groupId, memberId, groupInstanceId, protocolType, sessionTimeoutMs },
    ...{ clientId, clientHost, signal },
    rebalanceTimeoutMs: version === 0 ? sessionTimeoutMs : request.rebalanceTimeoutMs,
    // Copied: they are kept, and would keep all that came in the same piece from the socket.
    protocols: request.protocols.map(({ name, metadata }) => ({
      name,
      metadata: Buffer.from(metadata),
    })),
    requiresMemberId: version >= 4,
    understandsSkipAssignment: version >= 9,
  }
}

function answerOf(answer: JoinAnswer) {
  const { generation, protocolType, protocolName, leaderId, memberId, members } = answer
  const { skipAssignment } = answer
  return {
    ...{ protocolType, protocolName, memberId, members, skipAssignment },
    errorCode: errorCodes.none,
    generationId: generation,
    leader: leaderId,
  }
}
