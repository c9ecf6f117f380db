import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { rules } from './tidy/rules.js'
import { functionsOf, projectSources } from './tidy/source.js'

const sources = projectSources(resolve(import.meta.dirname, '..'))

describe.each(rules)('$name', ({ check, planted }) => {
  it('holds for the whole tree', () => {
    expect(check(sources)).toEqual([])
  })

  it('finds a planted fault', () => {
    expect(check([planted])).not.toEqual([])
  })
})

describe('function lengths', () => {
  it('are read from TypeScript as formatted', () => {
    const text = ['export function f(', '  a: number,', '): void {', '  g()', '}', ''].join('\n')
    expect(functionsOf({ path: 'src/log/a.ts', text })).toEqual([{ line: 3, lines: 3 }])
  })

  it('are read from C++ through strings, characters, lambdas and initialisers', () => {
    const text = [
      'A::A(int n) : n_{n}, s_("{") {',
      "  char c = '{';  // {",
      "  int big = 1'000'000;",
      '  Run([&](int x) {',
      '    return x;',
      '  });',
      '}',
      'const int kTable[] = {1, 2};',
      '',
    ].join('\n')
    expect(functionsOf({ path: 'native/log/a.cc', text })).toContainEqual({ line: 1, lines: 7 })
    expect(functionsOf({ path: 'native/log/a.cc', text })).toContainEqual({ line: 4, lines: 3 })
  })
})
