import { expect, it } from 'vitest'
import { apis } from '../../../src/protocol/index.js'
import { openEngine } from '../../support/engines.js'
import { clientOf } from '../../support/wire-client.js'
import { join, joining, sync } from '../../support/wire-groups.js'

it.each([0, 1, 2])('one member leaves in version %i', async (version) => {
  const engine = await openEngine()
  const client = await clientOf(engine)
  const { memberId } = await join(client)
  const leave = async (id: string) => {
    const left = await client.ask(apis.leaveGroup, { groupId: 'billing', memberId: id }, version)
    return left.errorCode
  }
  expect(await leave('x')).toBe(25)
  expect(await leave(memberId)).toBe(0)
  expect(await leave(memberId)).toBe(25)
  expect((await (await engine.groups()).describe('billing')).state).toBe('Empty')
})

it.each([3, 4, 5])(
  'many leave in version %i, also who is only to join, each with a result',
  async (version) => {
    const client = await clientOf(await openEngine())
    const { memberId } = await join(client)
    const pending = await client.ask(apis.joinGroup, joining())
    const members = [
      { memberId },
      { memberId: 'x' },
      { memberId: '', groupInstanceId: 'nobody' },
      { memberId: pending.memberId, reason: 'the consumer is being closed' },
    ]
    const left = await client.ask(apis.leaveGroup, { groupId: 'billing', members }, version)
    expect(left.errorCode).toBe(0)
    expect(left.members.map(({ errorCode }) => errorCode)).toEqual([0, 25, 25, 0])
    expect(left.members[2]).toMatchObject({ memberId: '', groupInstanceId: 'nobody' })
  },
)

it('static members leave by their instance', async () => {
  const client = await clientOf(await openEngine())
  const till = await join(client, { groupInstanceId: 'till' })
  const members = [
    { memberId: 'x', groupInstanceId: 'till' },
    { memberId: '', groupInstanceId: 'till' },
  ]
  const left = await client.ask(apis.leaveGroup, { groupId: 'billing', members })
  expect(left.members.map(({ errorCode }) => errorCode)).toEqual([82, 0])
  expect((await sync(client, till, 4, { groupInstanceId: 'till' })).errorCode).toBe(25)
})

it('of a group that there is not nobody is a member; the empty group id is refused', async () => {
  const client = await clientOf(await openEngine())
  const members = [{ memberId: 'x' }, { memberId: 'y' }]
  const leave = (groupId: string, version: number) =>
    client.ask(apis.leaveGroup, { groupId, memberId: 'x', members }, version)
  expect((await leave('none', 2)).errorCode).toBe(25)
  expect(await leave('none', 5)).toMatchObject({ errorCode: 0, members: [{ errorCode: 25 }, {}] })
  expect((await leave('', 0)).errorCode).toBe(24)
  expect((await leave('', 5)).errorCode).toBe(24)
})
