import { apis, errorCodes } from '../../protocol/index.js'
import { handler } from '../handler.js'

export const heartbeatHandler = handler(
  apis.heartbeat,
  async ({ groupId, memberId, groupInstanceId, generationId }, _call, { engine }) => {
    const coordinator = await engine.groups()
    await coordinator.heartbeat({ groupId, memberId, groupInstanceId, generation: generationId })
    return { errorCode: errorCodes.none }
  },
)
