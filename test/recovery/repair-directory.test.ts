import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { succeed } from '../cli/command.js'
import { openLog, temporaryDirectory } from '../support/logs.js'
import { repair } from '../support/repairs.js'

async function makeTopic(): Promise<string> {
  const dir = temporaryDirectory()
  const input = Array.from({ length: 200 }, (_, i) => `line ${i}`).join('\n')
  await succeed(['produce', 'clicks', '--dir', dir, '--batch-size', '1024'], input)
  return dir
}

it('repair of two partitions whose last batches are damaged keeps where both end', async () => {
  const dir = await makeTopic()
  const segment = join(dir, 'clicks-0/00000000000000000000.log')
  const content = readFileSync(segment)
  // In the last batch, whose record is lost.
  content.writeUInt8(content.readUInt8(content.length - 3) ^ 1, content.length - 3)
  writeFileSync(segment, content)
  cpSync(join(dir, 'clicks-0'), join(dir, 'clicks-1'), { recursive: true })
  const recoveryPoint = join(dir, 'recovery-point-offset-checkpoint')
  const [, , line = ''] = readFileSync(recoveryPoint, 'latin1').split('\n')
  writeFileSync(recoveryPoint, `0\n2\n${line}\n${line.replace(' 0 ', ' 1 ')}\n`)
  const end = Number(line.split(' ').at(-1))
  await repair(dir)
  for (const number of [0, 1]) {
    const log = await openLog(join(dir, `clicks-${number}`))
    expect(log.logEndOffset).toBe(end)
    await log.close()
  }
})
