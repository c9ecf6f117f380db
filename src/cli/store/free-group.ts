import { type GroupCoordinator, inProcessHost, notEmpty } from '../../group/index.js'

/**
 * Sees to it that a group has no members. Those of a process that had this directory are gone with it,
 * though static ones keep their places for a while; clients elsewhere may come back.
 *
 * @throws DuramenError `ERR_NON_EMPTY_GROUP`, `ERR_GROUP_ID_NOT_FOUND`
 */
export async function freeGroup(coordinator: GroupCoordinator, groupId: string): Promise<void> {
  const { members } = await coordinator.describe(groupId)
  if (members.some(({ clientHost }) => clientHost !== inProcessHost)) throw notEmpty(groupId)
  if (members.length > 0) await coordinator.leave({ groupId, members })
}
