import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { PLATFORMS } from '../../src/binding.js'

interface LockEntry {
  readonly version?: string
  readonly dev?: boolean
  readonly hasInstallScript?: boolean
  readonly resolved?: string
  readonly engines?: { readonly node?: string }
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

const root = resolve(import.meta.dirname, '../..')
const textOf = (name: string) => readFileSync(join(root, name), 'utf8')
const manifest = JSON.parse(textOf('package.json'))
const packages: Record<string, LockEntry> = JSON.parse(textOf('package-lock.json')).packages
const installed = Object.entries(packages).filter(([path]) => path !== '')

/** The oldest Node that is supported; every dependency has to allow it. */
const oldestNode = '20.19.0'
const { satisfies } = createRequire(import.meta.url)('semver') as {
  satisfies: (version: string, range: string) => boolean
}

describe('dependencies', () => {
  it('all run on the oldest supported Node', () => {
    const refusing = installed.filter(
      ([, { engines }]) => !satisfies(oldestNode, engines?.node ?? '*'),
    )
    expect(refusing.map(([path]) => path)).toEqual([])
    expect(satisfies(oldestNode, manifest.engines.node)).toBe(true)
  })

  it('run no install script in a user’s project', () => {
    const running = installed.filter(([, entry]) => entry.hasInstallScript && !entry.dev)
    expect(running.map(([path]) => path)).toEqual([])
  })

  it('are locked without the name of a registry', () => {
    expect(installed.filter(([, entry]) => entry.resolved).map(([path]) => path)).toEqual([])
  })

  it('are locked for every platform, which npm ci insists on', () => {
    const locked = new Map(
      installed.map(([path, entry]) => [path.replace(/^.*node_modules\//, ''), entry]),
    )
    const missing = installed.flatMap(([, entry]) =>
      Object.keys(entry.optionalDependencies ?? {}).filter((name) => !locked.get(name)?.version),
    )
    expect(missing).toEqual([])
  })
})

describe('the manifest', () => {
  it('names types and a default for every entry point', () => {
    const { './package.json': own, ...entries } = manifest.exports
    expect(own).toBe('./package.json')
    // Of testing, which Jest can only load by require(), there is one for each way.
    const { './testing': testing, ...others } = entries
    expect(Object.keys(testing)).toEqual(['import', 'require'])
    for (const entry of [...Object.values(others), testing.import, testing.require]) {
      expect(Object.keys(entry as object)).toEqual(['types', 'default'])
    }
  })

  it('builds nothing at installation', () => {
    const { install, preinstall, postinstall } = manifest.scripts
    expect([install, preinstall, postinstall, manifest.gypfile]).toEqual([
      ...[undefined, undefined, undefined],
      false,
    ])
  })

  it('publishes prebuilds and sources, but neither binding.gyp nor tests', () => {
    const output = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const files = (JSON.parse(output)[0].files as { path: string }[]).map((file) => file.path)
    for (const wanted of [
      'LICENSE',
      'NOTICE',
      'CMakeLists.txt',
      'native/util/status.h',
      'examples/work-queue.mjs',
    ]) {
      expect(files).toContain(wanted)
    }
    expect(files.filter((file) => file.includes('node_modules'))).toEqual([])
    expect(files.filter((file) => /^prebuilds\/.*\.node$/.test(file))).not.toEqual([])
    expect(files.filter((file) => /^(test|bench|src|\.)|binding\.gyp/.test(file))).toEqual([])
  })
})

describe('the platforms of the engine', () => {
  it('are the same for the build and for the loader', () => {
    const list = /const platforms = \[([^\]]*)\]/.exec(textOf('scripts/build-addon.mjs'))?.[1] ?? ''
    expect(list.match(/[\w-]+/g)).toEqual(PLATFORMS)
  })
})
