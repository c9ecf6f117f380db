import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '../..')
const textOf = (name: string) => readFileSync(join(root, name), 'utf8')

function onDisk(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.cc'))
    .map((name) => `${folder}/${name}`)
}

function inCMake(list: string): string[] {
  const body = new RegExp(`set\\(${list}\\n([^)]*)\\)`).exec(textOf('CMakeLists.txt'))?.[1] ?? ''
  return body.split(/\s+/).filter(Boolean)
}

function inGyp(): string[] {
  const target: { sources: string[] } = JSON.parse(textOf('binding.gyp')).targets[0]
  return target.sources
}

const core = ['native/util', 'native/io', 'native/log'].flatMap(onDisk).sort()
const addon = onDisk('native/addon').sort()

// `npm run sources` brings the lists up to date.
describe('the source lists, in sorted order,', () => {
  it('of CMake name every file of the core', () => {
    expect(inCMake('DURAMEN_CORE_SOURCES')).toEqual(core)
  })

  it('of CMake name every file of the addon', () => {
    expect(inCMake('DURAMEN_ADDON_SOURCES')).toEqual(addon)
  })

  it('of CMake name every file of the native tests', () => {
    expect(inCMake('DURAMEN_TEST_SOURCES')).toEqual(onDisk('test/native').sort())
  })

  it('of node-gyp name the same core and addon', () => {
    expect(inGyp()).toEqual([...addon, ...core])
  })
})
