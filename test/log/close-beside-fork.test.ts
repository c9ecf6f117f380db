import { join } from 'node:path'
import { expect, it } from 'vitest'
import { PartitionLog } from '../../src/log/index.js'
import { threadAgent } from '../support/agent.js'
import { memoryDirectory } from '../support/logs.js'

it('a closed log can be opened again at once while another thread starts processes', async () => {
  const directory = join(memoryDirectory(), 'clicks-0')
  const agent = threadAgent()
  await agent.open(join(memoryDirectory(), 'views-0'))
  let isOver = false
  const forking = (async () => {
    while (!isOver) await agent.call('run', '/bin/true')
  })()
  for (let i = 0; i < 150; i++) {
    const log = await PartitionLog.open(directory, { flush: 'os' })
    log.appendSync({ value: 'x' })
    await log.close()
  }
  isOver = true
  await forking
  expect((await PartitionLog.open(directory, { flush: 'os' })).logEndOffset).toBe(150)
})
