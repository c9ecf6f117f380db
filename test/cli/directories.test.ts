import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { processAgent, whyNoMounts } from '../support/agent.js'
import { unpackGolden } from '../support/golden.js'
import { temporaryDirectory } from '../support/logs.js'
import { duramen, shell, succeed } from './command.js'

const refusal = whyNoMounts()
if (refusal !== undefined) console.log(`a read-only data directory is not tested: ${refusal}`)

const produce = (dir: string) => duramen(['produce', 'clicks', '--dir', dir], 'a\n')
const consume = (dir: string) => duramen(['consume', 'clicks', '--dir', dir])
const list = (dir: string) => duramen(['topics', 'list', '--dir', dir])

function fails(error: string) {
  return { code: 1, stdout: '', stderr: expect.stringMatching(`^duramen: ${error}[^\n]+\n$`) }
}

describe('a data directory', () => {
  it('that does not exist is made by produce alone', async () => {
    const dir = join(temporaryDirectory(), 'none')
    for (const verb of [consume, list]) {
      expect(await verb(dir)).toMatchObject(fails(`ERR_NOT_FOUND: ${dir} does not exist`))
    }
    expect(existsSync(dir)).toBe(false)
    expect(await produce(dir)).toMatchObject({ code: 0 })
    expect(await list(dir)).toMatchObject({ code: 0, stdout: 'clicks\n' })
  })

  it('that is a file, or lies below one, is refused', async () => {
    const file = join(temporaryDirectory(), 'file')
    writeFileSync(file, 'mine')
    for (const dir of [file, join(file, 'deep')]) {
      for (const verb of [produce, consume, list]) {
        expect(await verb(dir)).toMatchObject(fails(`ERR_NOT_A_DIRECTORY: ${dir} is not`))
      }
    }
  })

  it('that holds something else is refused, and stays as it is', async () => {
    const dir = temporaryDirectory()
    writeFileSync(join(dir, 'thesis.txt'), 'mine')
    mkdirSync(join(dir, 'photos-2019'))
    for (const verb of [produce, consume, list]) {
      expect(await verb(dir)).toMatchObject(fails(`ERR_FOREIGN_DIRECTORY: ${dir} holds`))
    }
    expect(readdirSync(dir).sort()).toEqual(['photos-2019', 'thesis.txt'])
  })

  it('that is a partition is refused, and the right one hinted at', async () => {
    const dir = temporaryDirectory()
    await succeed(['produce', 'clicks', '--dir', dir], 'a\n')
    expect(await list(join(dir, 'clicks-0'))).toMatchObject(fails('ERR_FOREIGN_DIRECTORY: .*above'))
  })

  it('whose partition holds something else is refused, and stays as it is', async () => {
    const dir = temporaryDirectory()
    await succeed(['produce', 'other', '--dir', dir], 'a\n')
    mkdirSync(join(dir, 'clicks-0'))
    writeFileSync(join(dir, 'clicks-0/thesis.txt'), 'mine')
    expect(await produce(dir)).toMatchObject(fails('ERR_FOREIGN_DIRECTORY: .*thesis'))
    expect(readdirSync(join(dir, 'clicks-0'))).toEqual(['thesis.txt'])
  })

  it.skipIf(refusal !== undefined)('that is read-only can be read', async () => {
    const dir = temporaryDirectory()
    await succeed(['produce', 'clicks', '--dir', dir], 'a\n')
    const run = (verb: string, topic: string) =>
      shell(
        `unshare -m sh -c 'mount --bind ${dir} ${dir} && mount -o remount,ro,bind ${dir} && exec "$@"' sh "$@"`,
        [verb, topic, '--dir', dir],
      )
    expect(await run('consume', 'clicks')).toMatchObject({ code: 0, stdout: 'a\n' })
    expect(await run('verify', dir)).toMatchObject({ code: 0 })
    expect(await run('produce', 'clicks')).toMatchObject(fails('ERR_READ_ONLY'))
    expect(await run('produce', 'other')).toMatchObject(fails('ERR_READ_ONLY'))
  })

  it('that a running process owns can be read, and says which process that is', async () => {
    const dir = temporaryDirectory()
    await succeed(['produce', 'clicks', '--dir', dir], 'a\n')
    const owner = processAgent()
    await owner.open(join(dir, 'clicks-0'))
    await owner.call('append', { value: 'b' })
    expect(await consume(dir)).toMatchObject({ code: 0, stdout: 'a\nb\n' })
    expect(await list(dir)).toMatchObject({ code: 0, stdout: 'clicks\n' })
    expect(await duramen(['dump', dir])).toMatchObject({ code: 0 })
    const held = `ERR_LOCKED: ${dir} is held by process ${owner.pid}`
    expect(await produce(dir)).toMatchObject(fails(`${held}; stop it, or use another --dir`))
    const before = readdirSync(dir)
    expect(await duramen(['produce', 'new', '--dir', dir], 'a')).toMatchObject(fails(held))
    expect(readdirSync(dir)).toEqual(before)
  })
})

describe('topics list', () => {
  it("names Kafka's topics, but not the log of its controllers", async () => {
    const dir = temporaryDirectory()
    unpackGolden('clean', dir)
    const names = (await succeed(['topics', 'list', '--dir', dir])).split('\n')
    expect(names).toEqual(expect.arrayContaining(['codec-gzip', 'empty', 'idempotent']))
    expect(names).not.toContain('__cluster_metadata')
    const topics = JSON.parse(await succeed(['topics', 'list', '--dir', dir, '--json']))
    expect(topics).toContainEqual({ name: 'idempotent', partitions: [0, 1] })
    expect(topics.length).toBe(names.length - 1)
  })

  it('is empty for an empty directory', async () => {
    expect(await succeed(['topics', 'list', '--dir', temporaryDirectory()])).toBe('')
  })
})
