import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'

/** One file of the project: its path from the root with `/`, and its text. */
export interface Source {
  readonly path: string
  readonly text: string
}

const folders = ['src', 'native', 'test', 'bench', 'scripts']
const skipped = new Set(['node_modules', 'fixtures', 'results', 'build'])
const endings = /\.(ts|mts|mjs|cjs|js|h|cc)$/

/** Every source file of the project below `root`; fixtures and installed packages left out. */
export function projectSources(root: string): Source[] {
  return folders.flatMap((folder) => filesBelow(join(root, folder))).map((file) => read(root, file))
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return skipped.has(entry.name) ? [] : filesBelow(path)
    return endings.test(entry.name) ? [path] : []
  })
}

function read(root: string, file: string): Source {
  return {
    path: relative(root, file).split(sep).join('/'),
    text: readFileSync(file, 'utf8'),
  }
}

export function isNative(source: Source): boolean {
  return /\.(h|cc)$/.test(source.path)
}

// Comments, raw strings, strings, character literals (but not digit separators), templates.
const nativeNoise =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|R"([^(\s]*)\([\s\S]*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<![\da-fA-F])'(?:\\.|[^'\\\n])*'/g
const scriptNoise =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`/g

/** The text without what comments and string literals hold; line numbers stay as they are. */
export function codeOf(source: Source): string {
  const noise = isNative(source) ? nativeNoise : scriptNoise
  return source.text.replace(noise, (match) => `""${match.replace(/[^\n]/g, '')}`)
}

/** `path:line` of every match of `pattern` in `text`. */
export function placesOf(source: Source, text: string, pattern: RegExp): string[] {
  return text
    .split('\n')
    .flatMap((line, index) => (pattern.test(line) ? [`${source.path}:${index + 1}`] : []))
}

/** A function body: the line where it opens (from 1) and how many lines it has, braces included. */
export interface Extent {
  readonly line: number
  readonly lines: number
}

/** Functions of a file that the project's formatter has laid out. */
export function functionsOf(source: Source): Extent[] {
  return isNative(source)
    ? nativeFunctions(withoutDirectives(codeOf(source)))
    : scriptFunctions(source.text)
}

const notAFunction =
  /^(\} ?)?(else|if|for|while|do|switch|try|catch|finally|case|default|(export )?(abstract )?class|describe)\b/

/** A function closes at the first later line that starts with a brace at its own indentation. */
function scriptFunctions(text: string): Extent[] {
  const lines = text.split('\n')
  return lines.flatMap((line, start) => {
    const code = line.trim()
    const opens = code.endsWith('=> {') || /\)(: .+)? \{$/.test(code)
    if (!opens || notAFunction.test(code)) return []
    const closing = `${line.slice(0, line.length - line.trimStart().length)}}`
    const end = lines.findIndex((other, index) => index > start && other.startsWith(closing))
    return end < 0 ? [] : [{ line: start + 1, lines: end - start + 1 }]
  })
}

const nativeNotAFunction =
  /^(if|else|for|while|do|switch|case|default|catch|try|namespace|class|struct|enum|union|extern|return)\b/

/** Preprocessor lines blanked, macro bodies with them. */
function withoutDirectives(code: string): string {
  return code.replace(/^[ \t]*#(?:.*\\\n)*.*$/gm, (match) => match.replace(/[^\n]/g, ''))
}

function nativeFunctions(code: string): Extent[] {
  const found: Extent[] = []
  const open: { line: number; isFunction: boolean }[] = []
  let line = 1
  let head = ''
  for (const character of code) {
    if (character === '\n') line += 1
    if (character === '{') {
      const text = head.trim().replace(/^(public|private|protected):\s*/, '')
      const isFunction = /\(/.test(text) && !/[=(,]$/.test(text) && !nativeNotAFunction.test(text)
      open.push({ line, isFunction })
    }
    if (character === '}') {
      const block = open.pop()
      if (block?.isFunction) found.push({ line: block.line, lines: line - block.line + 1 })
    }
    head = '{};'.includes(character) ? '' : head + character
  }
  return found
}
