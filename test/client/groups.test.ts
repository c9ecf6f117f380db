import { expect, it } from 'vitest'
import { findGroup, listGroups } from '../../src/client/index.js'
import { apis } from '../../src/protocol/index.js'
import { ScriptedBroker } from '../support/scripted-broker.js'

/** A broker that assigns a group's members itself describes it in another way only. */
it('groups of a kind that is not described have members that nobody knows', async () => {
  const listed = { groupId: 'new', protocolType: 'consumer', groupState: 'Stable', groupType: '' }
  const described = { errorCode: 0, protocolType: '', protocolData: '', members: [] }
  const broker = await ScriptedBroker.start(({ api }) => {
    if (api === apis.listGroups) return { errorCode: 0, groups: [listed] }
    if (api === apis.describeGroups) {
      return { groups: [{ ...described, groupId: 'new', groupState: 'Dead' }] }
    }
    const place = { nodeId: 1, host: '127.0.0.1', port: broker.port }
    const found = { key: 'new', errorCode: 0, errorMessage: null, ...place }
    return api === apis.findCoordinator ? { ...found, coordinators: [found] } : undefined
  })
  const group = { groupId: 'new', state: 'Stable', protocolName: '', members: null }
  expect(await listGroups(broker.client())).toEqual([group])
  expect(await findGroup(broker.client(), 'new')).toEqual(group)
})
