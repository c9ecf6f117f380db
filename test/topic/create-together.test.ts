import { mkdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { TopicCatalog } from '../../src/topic/index.js'
import { openCatalog, pathOf, reopened } from './catalogs.js'

/** What becomes of topics that are asked for at once: made, or the code. */
async function createAll(catalog: TopicCatalog, names: readonly string[]) {
  const outcomes = await Promise.allSettled(names.map((name) => catalog.create(name)))
  return outcomes.map((one) => (one.status === 'fulfilled' ? 'made' : one.reason.code))
}

it('topics that are asked for together are each made or refused, as they would be alone', async () => {
  const catalog = await openCatalog()
  const names = ['a', 'b.c', 'a', 'b_c', 'no name', 'd']
  expect(await createAll(catalog, names)).toEqual([
    'made',
    'made',
    'ERR_TOPIC_EXISTS',
    'ERR_INVALID_TOPIC',
    'ERR_INVALID_TOPIC',
    'made',
  ])
  const again = await reopened(catalog)
  expect(again.list().map(({ name }) => name)).toEqual(['a', 'b.c', 'd'])
})

it('an id that two of them ask for goes to the first', async () => {
  const catalog = await openCatalog()
  const { id } = await catalog.create('a', { validateOnly: true })
  const [first, second] = await Promise.allSettled(
    ['b', 'c'].map((name) => catalog.create(name, { id })),
  )
  expect([first.status, second.status]).toEqual(['fulfilled', 'rejected'])
})

it('what is changed between them happens between them', async () => {
  const catalog = await openCatalog()
  const first = catalog.create('a')
  const deleted = catalog.delete('a')
  const second = catalog.create('a')
  await deleted
  expect((await second).id).not.toBe((await first).id)
  expect(catalog.list()).toEqual([await second])
})

it('where they cannot be written none of them is there, and they can be made later', async () => {
  const catalog = await openCatalog()
  await catalog.create('a')
  const path = pathOf(catalog)
  rmSync(path)
  mkdirSync(join(path, 'in-the-way'), { recursive: true })
  expect(await createAll(catalog, ['b', 'c'])).not.toContain('made')
  expect(catalog.list().map(({ name }) => name)).toEqual(['a'])
  rmSync(path, { recursive: true })
  expect(await createAll(catalog, ['b', 'c'])).toEqual(['made', 'made'])
  expect(statSync(path).isFile()).toBe(true)
  expect((await reopened(catalog)).list()).toHaveLength(3)
})
