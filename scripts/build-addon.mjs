// Builds the addon into prebuilds/<platform>-<arch>/, the layout that node-gyp-build loads from.
import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { dropStamp, filesBelow, hashOf, identityOf, readStamp, writeStamp } from './stamp.mjs'
import {
  compiler,
  fail,
  packageFolder,
  packageVersion,
  root,
  runQuietly,
  secondsSince,
  which,
} from './tools.mjs'

/** Platforms the engine is written for; src/binding.ts has the same list. */
const platforms = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64']

const platform = `${process.platform}-${process.arch}`
const stampFile = join(root, '.cache/addon.json')
// Not node-gyp's build/: each way keeps its own objects, and neither sees the other's.
const cmakeFolder = join(root, '.cache/cmake')
const jobs = String(availableParallelism())

/** Where the addon goes. The C library is in the name because node-gyp-build chooses by it. */
export function addonFile() {
  if (process.platform !== 'linux') return join(root, 'prebuilds', platform, 'duramen.node')
  const libc = existsSync('/etc/alpine-release') ? 'musl' : 'glibc'
  return join(root, 'prebuilds', platform, `duramen.${libc}.node`)
}

/** Builds the addon unless sources, ABI, tools and output are those of the last build. */
export function buildAddon() {
  if (!platforms.includes(platform)) {
    console.log(`duramen: no addon for ${platform}; it exists for ${platforms.join(', ')}`)
    return
  }
  if (!packageFolder('node-addon-api') || !packageFolder('node-api-headers')) {
    if (!existsSync(addonFile())) fail('the addon is not built: install with dev dependencies')
    console.log('duramen: addon kept as it is, since the dev dependencies are not installed')
    return
  }
  const key = inputsKey()
  const last = readStamp(stampFile)
  if (last?.key === key && last.output !== null && last.output === identityOf(addonFile())) {
    console.log('duramen: addon is up to date')
    return
  }
  const start = performance.now()
  dropStamp(stampFile)
  const way = chooseWay()
  console.log(`duramen: building the addon with ${way.name}`)
  const built = way.build()
  if (!built)
    fail('the addon did not compile (see above); it needs a C++20 compiler, g++ 10 or later')
  publish(built)
  writeStamp(stampFile, { key, way: way.name, output: identityOf(addonFile()) })
  console.log(`duramen: built the addon with ${way.name} in ${secondsSince(start)}`)
}

/** What the build depends on besides its sources. */
function settings() {
  const { CXX, CXXFLAGS, LDFLAGS, DURAMEN_WERROR } = process.env
  const headers = [packageVersion('node-addon-api'), packageVersion('node-api-headers')]
  // One Node-API binary serves every Node version: of Node only platform and CPU matter.
  return { root, platform, headers, CXX, CXXFLAGS, LDFLAGS, DURAMEN_WERROR }
}

function inputsKey() {
  const files = [
    ...filesBelow(join(root, 'native'), ['.h', '.cc']),
    ...['CMakeLists.txt', 'binding.gyp'].map((name) => join(root, name)).filter(existsSync),
  ]
  return hashOf(root, files, settings())
}

function chooseWay() {
  const remedy =
    'Debian, Ubuntu: apt-get install g++ make cmake; Fedora: dnf install gcc-c++ make cmake'
  if (!compiler()) fail(`a C++20 compiler is needed to build the addon; install one (${remedy})`)
  if (!which('make', 'ninja')) fail(`make or ninja is needed to build the addon (${remedy})`)
  if (which('cmake') && packageFolder('cmake-js')) return { name: 'CMake', build: buildWithCMake }
  const nodeGyp = process.env.npm_config_node_gyp
  const usable = nodeGyp && existsSync(nodeGyp) && existsSync(join(root, 'binding.gyp'))
  if (usable && which('python3') && which('make')) {
    return { name: 'node-gyp', build: () => buildWithNodeGyp(nodeGyp) }
  }
  return fail(
    `CMake is needed to build the addon (or npm's node-gyp, with Python 3 and make); ${remedy}`,
  )
}

function buildWithCMake() {
  // CMake keeps its first configuration; one made otherwise, or elsewhere, has to go.
  const configured = join(cmakeFolder, 'settings.json')
  const wanted = hashOf(root, [], settings())
  if (readStamp(configured)?.key !== wanted) rmSync(cmakeFolder, { recursive: true, force: true })
  const script = join(packageFolder('cmake-js'), 'bin/cmake-js')
  const args = ['build', '--out', cmakeFolder, '--parallel', jobs]
  args.push(`--CDDURAMEN_WERROR=${process.env.DURAMEN_WERROR ? 'ON' : 'OFF'}`)
  const built = runQuietly(process.execPath, [script, ...args])
  const generated = ['Makefile', 'build.ninja'].some((name) => existsSync(join(cmakeFolder, name)))
  // After a compile error too, so that the next run compiles only what changed.
  if (generated) writeStamp(configured, { key: wanted })
  return built ? join(cmakeFolder, 'Release/duramen.node') : null
}

function buildWithNodeGyp(nodeGyp) {
  const args = [nodeGyp, 'configure', 'build', '--release', `--jobs=${jobs}`]
  const prefix = dirname(dirname(process.execPath))
  // Headers beside the running Node serve; without them node-gyp downloads a set.
  if (existsSync(join(prefix, 'include/node/common.gypi'))) args.push(`--nodedir=${prefix}`)
  return runQuietly(process.execPath, args) ? join(root, 'build/Release/duramen.node') : null
}

/** Puts the addon in place by renaming, so that a process that has the old one loaded keeps it. */
function publish(built) {
  mkdirSync(dirname(addonFile()), { recursive: true })
  const fresh = `${addonFile()}.${process.pid}.new`
  copyFileSync(built, fresh)
  renameSync(fresh, addonFile())
  // node-gyp-build prefers build/Release, where a leftover would hide later builds.
  rmSync(join(root, 'build/Release/duramen.node'), { force: true })
}
