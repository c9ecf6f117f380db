import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { clients } from './clients.mjs'
import { compatibility } from './compatibility.mjs'
import { features } from './features.mjs'
import { judged } from './run-client.mjs'

const works = features.map((feature) => ({ feature, result: 'works' }))
const lines = works.map((answer) => JSON.stringify(answer))

describe('what a client says of the features', () => {
  it('is taken as it is, and in the order of the list', () => {
    expect(judged(lines.toReversed(), 'exit code 0')).toEqual(works)
  })

  it('fails where nothing was said', () => {
    const [first] = judged(lines.slice(1), 'exit code 1')
    expect(first).toEqual({
      feature: features[0],
      result: 'fails',
      note: 'no answer (exit code 1)',
    })
  })

  it('fails where the word is not known, and is not confused by other lines', () => {
    const strange = JSON.stringify({ feature: features[0], result: 'perhaps' })
    const [first, second] = judged(['null', '{', strange, ...lines.slice(1)], 'exit code 0')
    expect(first?.result).toBe('fails')
    expect(second?.result).toBe('works')
  })
})

describe('docs/compatibility.md', () => {
  const document = readFileSync(join(import.meta.dirname, '../../docs/compatibility.md'), 'utf8')

  it('has every client and every feature, and nothing that fails', () => {
    for (const { name } of clients) expect(document).toContain(`| ${name} | `)
    for (const feature of features) expect(document).toContain(`\n| ${feature} | `)
    expect(document).not.toContain('**fails**')
  })

  it('shows a failure with its note, and why a client was left out', () => {
    const results = works.map((answer, i) =>
      i === 0 ? { ...answer, result: 'fails', note: 'lost | found' } : answer,
    )
    const text = compatibility([
      { name: 'one', language: 'C', version: '1.0', results },
      { name: 'other', language: 'C', version: '', leftOut: 'that takes a compiler' },
    ])
    expect(text).toContain(`| one | C | 1.0 | ${features.length - 1} | 1 | 0 |`)
    expect(text).toContain(`| ${features[0]} | **fails** |`)
    expect(text).toContain('lost \\| found')
    expect(text).toContain('| other | C | not run: that takes a compiler |')
  })
})
