import type { GroupCoordinator } from '../../group/index.js'
import { apis, errorCodes } from '../../protocol/index.js'
import { errorCodeOf } from '../error-code.js'
import { handler } from '../handler.js'

export const deleteGroupsHandler = handler(
  apis.deleteGroups,
  async ({ groupsNames }, _call, { engine }) => {
    const coordinator = await engine.groups()
    const answers = [...new Set(groupsNames)].map((groupId) => answerTo(coordinator, groupId))
    return { results: await Promise.all(answers) }
  },
)

async function answerTo(coordinator: GroupCoordinator, groupId: string) {
  try {
    await coordinator.delete(groupId)
    return { groupId, errorCode: errorCodes.none }
  } catch (error) {
    return { groupId, errorCode: errorCodeOf(error) }
  }
}
