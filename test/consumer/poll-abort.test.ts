import { expect, it } from 'vitest'
import { openEngine } from '../support/engines.js'

it('poll ends at an abort also where that comes before it waits', async () => {
  const engine = await openEngine()
  await engine.createTopic('clicks')
  const consumer = engine.consumer()
  await consumer.assign([{ topic: 'clicks', partition: 0 }])
  expect(await consumer.poll(20)).toEqual([])
  const abort = new AbortController()
  const polling = consumer.poll(60_000, { signal: abort.signal })
  abort.abort('enough')
  await expect(polling).rejects.toBe('enough')
})
