import { accessSync, chmodSync, constants, mkdirSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { mountAgent, processAgent, whyNoMounts } from '../support/agent.js'
import { openLog, records, temporaryDirectory } from '../support/logs.js'

const refusal = whyNoMounts()
if (refusal !== undefined) console.log(`read-only file systems are not tested: ${refusal}`)

async function oneLog(): Promise<string> {
  const directory = join(temporaryDirectory(), 'clicks-0')
  const log = await openLog(directory)
  await log.append(records('a'))
  await log.close()
  return directory
}

describe.skipIf(refusal !== undefined)('a read-only file system', () => {
  const mountReadOnly = (root: string) =>
    mountAgent(`mount --bind ${root} ${root} && mount -o remount,ro,bind ${root}`)

  it('lets a log be read, and refuses to open it for appending', async () => {
    const directory = await oneLog()
    const agent = mountReadOnly(dirname(directory))
    expect(await agent.open(directory)).toBe('ERR_READ_ONLY')
    await agent.open(directory, { readOnly: true })
    expect(await agent.call('read', 0)).toMatchObject({ values: ['a'] })
    expect(await agent.call('append', records('b'))).toBe('ERR_READ_ONLY')
    expect(await agent.call('verify')).toMatchObject({ findings: [], records: 1 })
  })

  it('refuses to make a log, and says why', async () => {
    const root = temporaryDirectory()
    const agent = mountReadOnly(root)
    expect(await agent.open(join(root, 'clicks-0'))).toBe('ERR_READ_ONLY')
    expect(await agent.open(join(root, 'deep/clicks-0'))).toBe('ERR_READ_ONLY')
  })
})

const nobody = 65534
function whyNoOtherUser(): string | undefined {
  if (process.getuid?.() !== 0) return 'it takes root, to become somebody else'
  let folder = import.meta.dirname
  for (; folder !== '/'; folder = dirname(folder)) {
    // Others have to reach this project to run it.
    accessSync(folder, constants.X_OK)
  }
  return undefined
}

const noOtherUser = whyNoOtherUser()
if (noOtherUser !== undefined) console.log(`missing permissions are not tested: ${noOtherUser}`)

describe.skipIf(noOtherUser !== undefined)('a user without permission', () => {
  it('may read, and is refused what would write', async () => {
    const directory = await oneLog()
    chmodSync(dirname(directory), 0o755)
    const agent = processAgent(nobody)
    expect(await agent.open(directory)).toBe('ERR_ACCESS')
    await agent.open(directory, { readOnly: true })
    expect(await agent.call('read', 0)).toMatchObject({ values: ['a'] })
  })

  it('may not make a log, nor read what is hidden', async () => {
    const directory = await oneLog()
    const root = dirname(directory)
    chmodSync(root, 0o755)
    const agent = processAgent(nobody)
    expect(await agent.open(join(root, 'views-0'))).toBe('ERR_ACCESS')
    expect(readdirSync(root)).toEqual(['clicks-0'])
    chmodSync(directory, 0o700)
    expect(await agent.open(directory, { readOnly: true })).toBe('ERR_ACCESS')
    mkdirSync(join(root, 'empty-0'))
    expect(await agent.open(join(root, 'empty-0'))).toBe('ERR_ACCESS')
  })
})
