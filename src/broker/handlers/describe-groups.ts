import { DuramenError } from '../../errors.js'
import type { DescribedMember, GroupCoordinator, GroupDescription } from '../../group/index.js'
import { apis, errorCodes } from '../../protocol/index.js'
import { errorCodeOf } from '../error-code.js'
import { handler } from '../handler.js'
import { groupOperations, notAsked } from './authorized-operations.js'

export const describeGroupsHandler = handler(
  apis.describeGroups,
  async ({ groups, includeAuthorizedOperations }, _call, { engine }) => {
    const coordinator = await engine.groups()
    const answers = [...new Set(groups)].map((groupId) => describe(coordinator, groupId))
    const authorizedOperations = includeAuthorizedOperations ? groupOperations : notAsked
    const described = await Promise.all(answers)
    return { groups: described.map((answer) => ({ ...answer, authorizedOperations })) }
  },
)

async function describe(coordinator: GroupCoordinator, groupId: string) {
  try {
    return answerOf(await coordinator.describe(groupId))
  } catch (error) {
    if (!(error instanceof DuramenError) || error.code !== 'ERR_GROUP_ID_NOT_FOUND') {
      return { ...without(groupId), errorCode: errorCodeOf(error) }
    }
    // Up to version 5 a group that there is not is a dead one.
    return { ...without(groupId), groupState: 'Dead' }
  }
}

function without(groupId: string) {
  return {
    errorCode: errorCodes.none as number,
    groupId,
    groupState: '',
    protocolType: '',
    protocolData: '',
    members: [],
  }
}

function answerOf({ groupId, state, protocolType, protocolName, members }: GroupDescription) {
  return {
    errorCode: errorCodes.none,
    groupId,
    groupState: state,
    protocolType,
    protocolData: protocolName,
    members: members.map(memberOf),
  }
}

function memberOf({ metadata, assignment, ...who }: DescribedMember) {
  return { ...who, memberMetadata: metadata, memberAssignment: assignment }
}
