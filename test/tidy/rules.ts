import { codeOf, functionsOf, placesOf, type Source } from './source.js'

/** One house rule; `planted` is a fault that it must find. */
export interface Rule {
  readonly name: string
  readonly check: (sources: readonly Source[]) => string[]
  readonly planted: Source
}

/** The rooms of src/ from the ground up: a room uses only those that stand before it. */
const rooms = [
  'errors',
  'limit',
  'soon',
  'binding',
  'config',
  'wire',
  'compression',
  'record',
  'log',
  'topic',
  'retention',
  'group',
  'transaction',
  'producer',
  'consumer',
  'engine',
  'protocol',
  'client',
  'broker',
  'testing',
  'cli',
  'index',
]

const nativeRooms = ['util', 'io', 'log', 'addon']

function importsOf(source: Source): string[] {
  const pattern = /(?:\bfrom |\bimport |\bimport\()'([^']+)'/g
  return [...source.text.matchAll(pattern)].map((match) => match[1] ?? '')
}

function includesOf(source: Source): string[] {
  return [...source.text.matchAll(/^#include ([<"][^>"]+[>"])/gm)].map((match) => match[1] ?? '')
}

/** Where an import of `from` leads, as a path from the root; null for a package. */
function resolveImport(from: string, target: string): string | null {
  if (!target.startsWith('.')) return null
  return new URL(target, `file:///${from}`).pathname.slice(1)
}

function roomOf(path: string): string {
  return (path.split('/')[1] ?? '').replace(/\.(ts|js)$/, '')
}

function wrongImports(source: Source): string[] {
  const own = rooms.indexOf(roomOf(source.path))
  if (own < 0) return [`${source.path}: its room is not in the list of test/tidy/rules.ts`]
  return importsOf(source).flatMap((target) => {
    const path = resolveImport(source.path, target)
    if (path === null) return []
    const room = path.startsWith('src/') ? rooms.indexOf(roomOf(path)) : -1
    return room < 0 || room > own ? [`${source.path} must not import ${target}`] : []
  })
}

function wrongIncludes(source: Source): string[] {
  const own = nativeRooms.indexOf(source.path.split('/')[1] ?? '')
  return includesOf(source).flatMap((include) => {
    const wrong = `${source.path} must not include ${include}`
    if (/^<(napi|node_api|js_native_api|node|v8|uv)\b/.test(include)) {
      return nativeRooms[own] === 'addon' ? [] : [wrong]
    }
    if (include.startsWith('<')) return []
    const room = nativeRooms.indexOf(include.slice(1).split('/')[0] ?? '')
    return room < 0 || room > own ? [wrong] : []
  })
}

function lineLimit(path: string): number {
  if (path.endsWith('.h')) return 150
  return path.endsWith('.cc') ? 400 : 300
}

/** A rule that forbids a pattern in the code (not the comments) of the files that `where` picks. */
function banned(
  name: string,
  pattern: RegExp,
  where: (path: string) => boolean,
  planted: Source,
): Rule {
  const check = (sources: readonly Source[]) =>
    sources
      .filter((source) => where(source.path))
      .flatMap((source) => placesOf(source, codeOf(source), pattern))
  return { name, check, planted }
}

const inSource = (path: string) => path.startsWith('src/')
const inNative = (path: string) => path.startsWith('native/')
// These rules hold their own patterns, so they cannot look at themselves.
const inTests = (path: string) => path.startsWith('test/') && !path.startsWith('test/tidy/')
const many = (lines: number, line: string) => `${line}\n`.repeat(lines)

export const rules: readonly Rule[] = [
  {
    name: 'a room of src/ imports only rooms below it',
    check: (sources) => sources.filter((source) => inSource(source.path)).flatMap(wrongImports),
    planted: { path: 'src/record/a.ts', text: "import { append } from '../log/index.js'\n" },
  },
  {
    name: 'a native room includes only rooms below it, and Node only in the addon',
    check: (sources) => sources.filter((source) => inNative(source.path)).flatMap(wrongIncludes),
    planted: { path: 'native/io/a.cc', text: '#include "log/segment.h"\n#include <napi.h>\n' },
  },
  {
    name: 'files stay short',
    check: (sources) =>
      sources.flatMap(({ path, text }) => {
        const lines = text.split('\n').length - 1
        return lines > lineLimit(path) ? [`${path}: ${lines} lines of ${lineLimit(path)}`] : []
      }),
    planted: { path: 'native/log/a.h', text: many(151, '') },
  },
  {
    name: 'functions stay within 70 lines',
    check: (sources) =>
      sources.flatMap((source) =>
        functionsOf(source)
          .filter((extent) => extent.lines > 70)
          .map((extent) => `${source.path}:${extent.line}: ${extent.lines} lines`),
      ),
    planted: { path: 'native/log/a.cc', text: `void F(int a) {\n${many(70, '  G();')}}\n` },
  },
  {
    name: 'no work is left behind as a note in the text',
    check: (sources) =>
      sources
        .filter((source) => source.path !== 'test/tidy/rules.ts')
        .flatMap((source) => placesOf(source, source.text, /\b(TODO|FIXME|XXX|HACK)\b/)),
    planted: { path: 'src/log/a.ts', text: '// TODO: later\n' },
  },
  banned('posix_fallocate is never called', /\bposix_fallocate\b/, inNative, {
    path: 'native/io/a.cc',
    text: 'int e = posix_fallocate(fd, 0, 1);\n',
  }),
  banned('no loop runs over what a temporary owns', /\bfor \([^)]*: \*[^)]*\(\)\)/, inNative, {
    path: 'native/log/a.cc',
    text: '  for (const auto& segment : *segments.Get()) {}\n',
  }),
  banned('native code throws nothing', /\bthrow\b/, inNative, {
    path: 'native/log/a.cc',
    text: '  throw 1;\n',
  }),
  banned(
    'only the command line writes to the console',
    /\bconsole\./,
    (path) => inSource(path) && !path.startsWith('src/cli/'),
    { path: 'src/log/a.ts', text: 'console.log(1)\n' },
  ),
  banned('exports are listed by name', /\bexport \*|\bexport default\b/, inSource, {
    path: 'src/index.ts',
    text: "export * from './log/index.js'\n",
  }),
  banned('no id comes from Math.random', /\bMath\.random\b/, inSource, {
    path: 'src/group/a.ts',
    text: 'const id = Math.random()\n',
  }),
  banned('no top-level await, so that require() works', /^(await|const .+ = await)\b/, inSource, {
    path: 'src/log/a.ts',
    text: 'const log = await open()\n',
  }),
  banned(
    'tests wait for events, not for time',
    /\bsetTimeout\(\s*(r|res|resolve|done)\b|\bimport \{[^}]*\bset(Timeout|Interval)\b/,
    inTests,
    { path: 'test/log/a.test.ts', text: 'await new Promise((r) => setTimeout(r, 50))\n' },
  ),
  banned('no test is left focused', /\b(it|test|describe)\.only\(/, inTests, {
    path: 'test/log/a.test.ts',
    text: 'it.only("", () => {})\n',
  }),
  {
    name: 'only src/binding.ts loads the addon',
    check: (sources) =>
      sources
        .filter(({ path }) => inSource(path) && path !== 'src/binding.ts')
        .flatMap((source) => placesOf(source, source.text, /'node-gyp-build'|\.node'/)),
    planted: { path: 'src/log/a.ts', text: "require('node-gyp-build')(root)\n" },
  },
  {
    name: 'every native status code is documented in the tables of errors',
    check: undocumentedCodes,
    planted: { path: 'native/util/status.h', text: '  X(kNew, "ERR_NEW") \\\n' },
  },
]

function undocumentedCodes(sources: readonly Source[]): string[] {
  const textOf = (path: string) => sources.find((source) => source.path === path)?.text ?? ''
  const codes = [...textOf('native/util/status.h').matchAll(/X\(k\w+, "(ERR_\w+)"\)/g)]
  const errors = ['general-errors', 'producer-errors']
    .map((name) => textOf(`src/errors/${name}.ts`))
    .join('')
  return codes
    .map((match) => match[1] ?? '')
    .filter((code) => !new RegExp(`^  ${code}: \\{`, 'm').test(errors))
    .map((code) => `${code} is in no table of errors`)
}
