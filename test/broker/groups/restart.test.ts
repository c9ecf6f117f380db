import { expect, it } from 'vitest'
import { dataDirectory, openEngine } from '../../support/engines.js'
import { problemsTold } from '../../support/served.js'
import { clientOf } from '../../support/wire-client.js'
import { join, sync } from '../../support/wire-groups.js'

it('a member that does not come back after a restart is dropped in its time, though nobody asks', async () => {
  const directory = dataDirectory()
  const first = await openEngine(directory)
  await first.createTopic('clicks')
  const client = await clientOf(first)
  const joined = await join(client, { sessionTimeoutMs: 2000 })
  expect(await sync(client, joined)).toMatchObject({ errorCode: 0 })
  await first.close()

  const engine = await openEngine(directory)
  await clientOf(engine)
  const records = () =>
    [0, 1].reduce((sum, n) => sum + (engine.openLog('__consumer_offsets', n)?.logEndOffset ?? 0), 0)
  await expect.poll(records).toBeGreaterThan(0)
  const loaded = records()
  // The group is written again when it has no member any more.
  await expect.poll(records, { timeout: 30_000 }).toBeGreaterThan(loaded)
  expect(await (await engine.groups()).describe('billing')).toMatchObject({ state: 'Empty' })
})

it('an engine that closes while groups are being loaded is no problem', async () => {
  const told = problemsTold()
  const directory = dataDirectory()
  const first = await openEngine(directory)
  await join(await clientOf(first))
  await first.close()
  for (let i = 0; i < 3; i++) {
    const engine = await openEngine(directory)
    await clientOf(engine)
    await engine.close()
  }
  expect(told).toEqual([])
})
