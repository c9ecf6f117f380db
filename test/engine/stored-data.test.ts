import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { crc32c } from '../../src/record/crc32c.js'
import { attributesAt, crcAt } from '../../src/record/layout.js'
import { dataDirectory, openEngine } from '../support/engines.js'
import { faultOf } from '../support/logs.js'

it('a batch that names a compression that there is not is damaged, and what is behind it is read', async () => {
  const directory = dataDirectory()
  const engine = await openEngine(directory)
  await engine.createTopic('clicks')
  const log = await engine.log('clicks', 0)
  for (const value of ['a', 'b']) await log.append([{ value }])
  await engine.close()
  const file = join(log.directory, '00000000000000000000.log')
  const bytes = readFileSync(file)
  bytes[attributesAt + 1] = 7
  const length = 12 + bytes.readInt32BE(8)
  bytes.writeUInt32BE(crc32c(bytes.subarray(attributesAt, length)), crcAt)
  writeFileSync(file, bytes)

  const again = await openEngine(directory)
  const consumer = again.consumer({ autoOffsetReset: 'earliest' })
  await consumer.assign([{ topic: 'clicks', partition: 0 }])
  const fault = await faultOf(() => consumer.poll(1000))
  expect(fault).toMatchObject({ code: 'ERR_CORRUPT_BATCH' })
  expect(fault?.message).toContain('offsets 0 to 0 are damaged; read on from offset 1')
  consumer.seek({ topic: 'clicks', partition: 0, offset: 1 })
  expect((await consumer.poll(1000)).map(({ value }) => String(value))).toEqual(['b'])
})
