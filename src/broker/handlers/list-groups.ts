import { apis, errorCodes } from '../../protocol/index.js'
import { handler } from '../handler.js'

/** All groups are of the protocol from before KIP-848. */
const groupType = 'classic'

/** Kafka takes states and types in any case. */
export const listGroupsHandler = handler(
  apis.listGroups,
  async ({ statesFilter, typesFilter }, _call, { engine }) => {
    const groups = isAmong(groupType, typesFilter) ? await (await engine.groups()).list() : []
    return {
      errorCode: errorCodes.none,
      groups: groups
        .filter(({ state }) => isAmong(state, statesFilter))
        .map(({ groupId, protocolType, state }) => ({
          ...{ groupId, protocolType, groupType },
          groupState: state,
        })),
    }
  },
)

/** Where nothing is asked for, everything is. */
function isAmong(value: string, asked: readonly string[]): boolean {
  return asked.length === 0 || asked.some((one) => one.toLowerCase() === value.toLowerCase())
}
