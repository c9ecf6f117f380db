import { expect, it } from 'vitest'
import type { Input } from '../../src/cli/input.js'
import { linesOf } from '../../src/cli/lines.js'

/** An input that hands out `text` in pieces of at most `piece` bytes. */
function inputOf(text: string, piece: number): Input {
  const bytes = Buffer.from(text)
  let at = 0
  const read = async (target: Uint8Array) => {
    const length = Math.min(piece, target.length, bytes.length - at)
    target.set(bytes.subarray(at, at + length))
    at += length
    return length
  }
  return { name: 'the test', read, close: async () => {} }
}

interface Limits {
  readonly mostBytes: number
  readonly mostLines: number
  readonly longestLine: number
}

async function linesIn(input: Input, delimiter: string, limits: Limits): Promise<string[]> {
  const lines: string[] = []
  const { signal } = new AbortController()
  for await (const some of linesOf(input, {
    ...limits,
    delimiter: Buffer.from(delimiter),
    signal,
  })) {
    expect(some.firstLine).toBe(lines.length + 1)
    expect(some.count).toBeLessThanOrEqual(limits.mostLines)
    if (some.count > 1) expect(some.to - some.from).toBeLessThanOrEqual(limits.mostBytes)
    let at = some.from
    for (const length of some.lengths.subarray(0, some.count)) {
      lines.push(some.bytes.toString('utf8', at, at + length))
      at += length + delimiter.length
    }
  }
  return lines
}

const texts = ['', '\n', 'a', 'a\n', '\n\na', 'ab\ncdefgh\n\nij\n', 'a--b\n-c----d-']

it.each(texts)('%j is split the same, whatever the pieces and limits are', async (text) => {
  for (const delimiter of ['\n', '--']) {
    const expected = text.split(delimiter)
    if (expected.at(-1) === '') expected.pop()
    for (const piece of [1, 2, 3, 100]) {
      for (const [mostBytes, mostLines] of [
        [1, 1],
        [4, 2],
        [50, 50],
      ] as const) {
        const limits = { mostBytes, mostLines, longestLine: 20 }
        expect(await linesIn(inputOf(text, piece), delimiter, limits)).toEqual(expected)
      }
    }
  }
})

it.each([
  ['in the middle', 'a\nbbbbbbbbb\nc\n'],
  ['that does not end', 'a\nbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb'],
])('a line %s that is too long is named', async (_, text) => {
  const limits = { mostBytes: 4, mostLines: 4, longestLine: 8 }
  for (const piece of [1, 5, 100]) {
    const work = linesIn(inputOf(text, piece), '\n', limits)
    await expect(work).rejects.toMatchObject({
      code: 'ERR_BATCH_TOO_LARGE',
      message: expect.stringContaining('line 2 of the test has more than 8 bytes'),
    })
  }
})
