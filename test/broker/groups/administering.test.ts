import { expect, it } from 'vitest'
import { encodeAssignment } from '../../../src/group/index.js'
import { apis } from '../../../src/protocol/index.js'
import { openEngine } from '../../support/engines.js'
import { clientOf } from '../../support/wire-client.js'
import { join, joining, sync } from '../../support/wire-groups.js'

/** `billing` has a member and is stable, `mail` has only offsets. */
async function withGroups() {
  const engine = await openEngine()
  for (const name of ['clicks', 'orders']) await engine.createTopic(name)
  const client = await clientOf(engine)
  const groups = await engine.groups()
  for (const topic of ['clicks', 'orders']) {
    const offsets = [{ topic, partition: 0, offset: 3 }]
    await groups.commitOffsets({ groupId: 'billing', offsets })
    await groups.commitOffsets({ groupId: 'mail', offsets })
  }
  const joined = await join(client)
  await sync(client, joined, 1)
  return { engine, client, joined }
}

it('groups are described in every version; one that there is not is dead', async () => {
  const { client, joined } = await withGroups()
  const groups = ['billing', 'mail', 'none', 'billing']
  for (let version = 0; version <= 5; version++) {
    const asked = { groups, includeAuthorizedOperations: version >= 4 }
    const [billing, mail, none, ...more] = (await client.ask(apis.describeGroups, asked, version))
      .groups
    expect(more).toEqual([])
    const authorizedOperations = version >= 4 ? 3400 : -2147483648
    expect(billing).toEqual({
      ...{ errorCode: 0, groupId: 'billing', groupState: 'Stable', authorizedOperations },
      ...{ protocolType: 'consumer', protocolData: 'range' },
      members: [
        {
          ...{ memberId: joined.memberId, groupInstanceId: null },
          ...{ clientId: 'test', clientHost: '/127.0.0.1' },
          memberMetadata: joining().protocols[0].metadata,
          memberAssignment: encodeAssignment({ partitions: new Map([['clicks', [0]]]) }),
        },
      ],
    })
    const nothing = { errorCode: 0, protocolType: '', protocolData: '', members: [] }
    expect(mail).toMatchObject({ ...nothing, groupId: 'mail', groupState: 'Empty' })
    expect(none).toMatchObject({ ...nothing, groupId: 'none', groupState: 'Dead' })
  }
})

it('groups are listed in every version, later by state and by type', async () => {
  const { client } = await withGroups()
  const list = async (asked: object, version: number) =>
    (await client.ask(apis.listGroups, asked, version)).groups
  for (let version = 0; version <= 5; version++) {
    const known = version < 4 ? '' : 'Stable'
    const groupType = version < 5 ? '' : 'classic'
    const groups = await list({}, version)
    expect(groups).toContainEqual({
      groupId: 'billing',
      protocolType: 'consumer',
      groupState: known,
      groupType,
    })
    expect(groups.map(({ groupId }) => groupId).sort()).toEqual(['billing', 'mail'])
  }
  const names = async (asked: object) => (await list(asked, 5)).map(({ groupId }) => groupId)
  expect(await names({ statesFilter: ['stable', 'Dead'] })).toEqual(['billing'])
  expect(await names({ statesFilter: ['Empty'], typesFilter: ['Classic'] })).toEqual(['mail'])
  expect(await names({ statesFilter: ['Imaginary'] })).toEqual([])
  expect(await names({ typesFilter: ['consumer'] })).toEqual([])
})

it.each([0, 1, 2])('groups without members are deleted in version %i', async (version) => {
  const { client, engine } = await withGroups()
  const groupsNames = ['billing', 'mail', 'none', 'mail']
  const { results } = await client.ask(apis.deleteGroups, { groupsNames }, version)
  expect(results).toEqual([
    { groupId: 'billing', errorCode: 68 },
    { groupId: 'mail', errorCode: 0 },
    { groupId: 'none', errorCode: 69 },
  ])
  const groups = await engine.groups()
  expect((await groups.list()).map(({ groupId }) => groupId)).toEqual(['billing'])
  expect(await groups.fetchOffsets('mail')).toEqual([])
})

it('offsets are deleted but for what members consume', async () => {
  const { client, engine } = await withGroups()
  const topics = ['clicks', 'orders', 'nowhere'].map((name) => ({
    name,
    partitions: [{ partitionIndex: 0 }, { partitionIndex: 1 }],
  }))
  const ask = async (groupId: string) => {
    const answer = await client.ask(apis.offsetDelete, { groupId, topics })
    const codes = answer.topics.map(({ name, partitions }) => [
      name,
      ...partitions.map((one) => one.errorCode),
    ])
    return [answer.errorCode, Object.fromEntries(codes.map(([name, ...all]) => [name, all]))]
  }
  const nowhere = [3, 3]
  expect(await ask('billing')).toEqual([0, { clicks: [86, 3], orders: [0, 3], nowhere }])
  expect(await ask('mail')).toEqual([0, { clicks: [0, 3], orders: [0, 3], nowhere }])
  expect(await ask('none')).toEqual([69, {}])
  const left = await (await engine.groups()).fetchOffsets('billing')
  expect(left.map(({ topic }) => topic)).toEqual(['clicks'])
  await join(client, { groupId: 'connect', protocolType: 'connect' })
  expect(await ask('connect')).toEqual([68, {}])
})
