import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { TopicCatalog } from '../../src/topic/index.js'
import { codeOf, faultOf, temporaryDirectory } from '../support/logs.js'

const id = 'Zm9vYmFyYmF6cXV4MTIzNA'
const topic = { name: 'clicks', id, partitions: 2, config: { retentionMs: 5 } }

function directoryWith(text: string): string {
  const directory = temporaryDirectory()
  writeFileSync(join(directory, 'meta.properties'), 'version=1\n')
  writeFileSync(join(directory, 'duramen.topics'), text)
  return directory
}

const withTopics = (...topics: unknown[]) => JSON.stringify({ version: 1, topics })

describe('a catalog is read', () => {
  it('that is sound', async () => {
    const catalog = await TopicCatalog.open(directoryWith(withTopics(topic)))
    expect(catalog.list()).toEqual([topic])
    await catalog.close()
  })

  it('that has no topics', async () => {
    const catalog = await TopicCatalog.open(directoryWith(withTopics()))
    expect(catalog.list()).toEqual([])
    await catalog.close()
  })
})

describe('a catalog is refused, and left as it is, that', () => {
  it.each([
    ['is empty', '', /it is not JSON/],
    ['is zeros', '\0'.repeat(100), /it is not JSON/],
    ['is cut off', withTopics(topic).slice(0, -5), /it is not JSON/],
    ['is no object', 'null', /its version is undefined, and not 1/],
    ['is of another version', '{"version":2,"topics":[]}', /its version is 2, and not 1/],
    ['has no topics', '{"version":1}', /it has no list of topics/],
    ['has a topic that is none', withTopics(topic, null), /of topic 2 there are no fields/],
    ['has a topic without a name', withTopics({ ...topic, name: undefined }), /cannot name/],
    ['has a topic with a path for a name', withTopics({ ...topic, name: '../x' }), /cannot name/],
    ['has a topic without an id', withTopics({ ...topic, id: 7 }), /the id is malformed/],
    ['has half an id', withTopics({ ...topic, id: id.slice(1) }), /the id is malformed/],
    ['has no number', withTopics({ ...topic, partitions: '2' }), /number of partitions/],
    ['has no partition', withTopics({ ...topic, partitions: 0 }), /number of partitions/],
    ['has no configuration', withTopics({ ...topic, config: undefined }), /is not an object/],
    ['has a wrong configuration', withTopics({ ...topic, config: { retentionMs: -9 } }), /is -9/],
    ['has another field', withTopics({ ...topic, deletinG: true }), /field "deletinG" is unknown/],
    ['has a state that is none', withTopics({ ...topic, deleting: 'no' }), /state is malformed/],
    ['has a topic twice', withTopics(topic, topic), /stands there twice/],
    ['has an id twice', withTopics(topic, { ...topic, name: 'b' }), /stands there twice/],
  ])('%s', async (_, text, message) => {
    const directory = directoryWith(text)
    for (const readOnly of [true, false]) {
      const fault = await faultOf(() => TopicCatalog.open(directory, { readOnly }))
      const path = join(directory, 'duramen.topics')
      expect(fault).toMatchObject({ code: 'ERR_CORRUPT_CATALOG', kafkaCode: 56, path })
      expect(fault?.message).toMatch(message)
      expect(fault?.message).toContain(`${path} is damaged`)
      expect(fault?.message).toMatch(/; restore it, or move it aside/)
    }
    expect(readFileSync(join(directory, 'duramen.topics'), 'utf8')).toBe(text)
    // The directory is free again for who mends it.
    copyFileSync(join(directory, 'duramen.topics'), join(directory, 'kept'))
    writeFileSync(join(directory, 'duramen.topics'), withTopics(topic))
    await (await TopicCatalog.open(directory)).close()
  })

  it('is cut off at any byte', async () => {
    const whole = withTopics(topic, { ...topic, name: 'visits', id: 'Zm9vYmFyYmF6cXV4MTIzNQ' })
    const directory = directoryWith(whole)
    const path = join(directory, 'duramen.topics')
    for (let length = 0; length < whole.length; length++) {
      writeFileSync(path, whole.slice(0, length))
      expect(await codeOf(() => TopicCatalog.open(directory))).toBe('ERR_CORRUPT_CATALOG')
      expect(readFileSync(path, 'utf8').length).toBe(length)
    }
  })

  it('is a directory', async () => {
    const directory = temporaryDirectory()
    writeFileSync(join(directory, 'meta.properties'), 'version=1\n')
    mkdirSync(join(directory, 'duramen.topics'))
    expect(await codeOf(() => TopicCatalog.open(directory))).toBe('ERR_INVALID_ARGUMENT')
  })
})
