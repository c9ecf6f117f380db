import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { identityOf } from '../../src/topic/index.js'
import { memoryDirectory } from '../support/logs.js'

function directoryWith(text?: string): string {
  const directory = memoryDirectory()
  if (text !== undefined) writeFileSync(join(directory, 'meta.properties'), text)
  return directory
}

const propertiesOf = (directory: string) => readFileSync(join(directory, 'meta.properties'), 'utf8')

it('is what Kafka wrote, and nothing is changed', async () => {
  const text = '#\n#Sat Nov 21\nnode.id=7\nversion=1\ncluster.id=abcdefghijklmnopqrstuw\n'
  const directory = directoryWith(text)
  expect(await identityOf(directory)).toEqual({ nodeId: 7, clusterId: 'abcdefghijklmnopqrstuw' })
  expect(propertiesOf(directory)).toBe(text)
})

it('has the broker id of a directory from before there were node ids', async () => {
  const directory = directoryWith('version=0\nbroker.id=3\ncluster.id=x')
  expect(await identityOf(directory)).toEqual({ nodeId: 3, clusterId: 'x' })
})

it.each([undefined, '', 'version=1', 'node.id=1\n'])(
  'of a file that lacks it (%j) is made once, and what there is stays',
  async (text) => {
    const directory = directoryWith(text)
    const first = await identityOf(directory)
    expect(first.clusterId).toMatch(/^[\w-]{22}$/)
    expect(await identityOf(directory)).toEqual(first)
    expect(propertiesOf(directory)).toContain(text ?? 'version=1')
  },
)

it('of a new directory has the node id that is configured; one that is there stays', async () => {
  const directory = directoryWith()
  const { clusterId } = await identityOf(directory, 7)
  expect(propertiesOf(directory)).toContain('node.id=7\n')
  expect(await identityOf(directory, 8)).toEqual({ nodeId: 7, clusterId })
})
