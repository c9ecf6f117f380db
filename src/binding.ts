import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { DuramenError } from './errors.js'

/**
 * Platforms that the storage engine is written for, as `process.platform-process.arch`. macOS
 * compiles, but is untested.
 */
export const PLATFORMS: readonly string[] = [
  'linux-x64',
  'linux-arm64',
  'darwin-x64',
  'darwin-arm64',
]

/**
 * What the addon exports; `native/addon/module.cc` is the other side of it.
 */
// biome-ignore lint/suspicious/noEmptyInterface: the native surface is typed here
export interface Native {}

/**
 * Loads the addon; Node keeps it, so further calls cost one map lookup.
 *
 * @throws DuramenError `ERR_UNSUPPORTED_PLATFORM` where the engine does not exist for this
 *   platform, `ERR_NOT_BUILT` where the addon is missing or refuses to load.
 */
export function loadNative(): Native {
  const platform = `${process.platform}-${process.arch}`
  if (!PLATFORMS.includes(platform)) {
    throw new DuramenError(
      'ERR_UNSUPPORTED_PLATFORM',
      `The storage engine does not run on ${platform}; it runs on ${PLATFORMS.join(', ')}`,
    )
  }
  const require = createRequire(import.meta.url)
  const find: FindAndLoad = require('node-gyp-build')
  try {
    return find(packageFolder) as Native
  } catch (cause) {
    throw new DuramenError(
      'ERR_NOT_BUILT',
      `The native addon for ${platform} is missing or does not load; run \`npm run build\` in ${packageFolder}`,
      { cause },
    )
  }
}

type FindAndLoad = (packageFolder: string) => unknown

// The same for src/binding.ts under a test runner and for dist/binding.js.
const packageFolder = fileURLToPath(new URL('..', import.meta.url))
