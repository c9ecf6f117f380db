import { expect, it } from 'vitest'
import { apis } from '../../../src/protocol/index.js'
import { startBroker } from '../../support/brokers.js'
import { WireClient } from '../../support/wire-client.js'

async function found(
  body: { key?: string; keyType?: number; coordinatorKeys?: string[] },
  version: number,
) {
  const [{ host, port }] = (await startBroker()).endpoints
  const client = await WireClient.connect(port)
  const answer = await client.ask(apis.findCoordinator, body, version)
  return { here: { nodeId: 1, host, port, errorCode: 0, errorMessage: '' }, answer }
}

it.each([0, 1, 2, 3])(
  'a group’s coordinator is the broker itself, in version %i',
  async (version) => {
    const { here, answer } = await found({ key: 'billing' }, version)
    expect(answer).toMatchObject(here)
  },
)

it.each([4, 5])('and that of many groups at once, in version %i', async (version) => {
  const { here, answer } = await found({ coordinatorKeys: ['billing', 'mail'] }, version)
  expect(answer.coordinators).toEqual(['billing', 'mail'].map((key) => ({ key, ...here })))
})

it.each([
  ['transactions', 1, 35, /transactions/],
  ['share groups', 2, 42, /type 2/],
  ['what there is not', 9, 42, /type 9/],
])('%s have no coordinator', async (_what, keyType, errorCode, errorMessage) => {
  const refused = { nodeId: -1, host: '', port: -1, errorCode }
  const one = await found({ key: 'x', keyType }, 3)
  expect(one.answer).toMatchObject({
    ...refused,
    errorMessage: expect.stringMatching(errorMessage),
  })
  const { answer } = await found({ coordinatorKeys: ['x'], keyType }, 5)
  expect(answer.coordinators).toMatchObject([{ key: 'x', ...refused }])
})
