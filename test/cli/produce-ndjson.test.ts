import { describe, expect, it } from 'vitest'
import { temporaryDirectory } from '../support/logs.js'
import { duramen, succeed } from './command.js'
import { recordsOf, valuesIn } from './topic-records.js'

describe('produce --format ndjson', () => {
  const ndjson = ['--format', 'ndjson']

  it('takes keys, values, headers and times, and ignores what the log assigns', async () => {
    const dir = temporaryDirectory()
    const first =
      '{"key":"k","value":{"base64":"/wA="},"timestamp":5,"headers":[["h",null],["h","x"]]}'
    const second = '{"offset":7,"leaderEpoch":3,"timestampType":"LogAppendTime","value":null}'
    await succeed(['produce', 'clicks', '--dir', dir, ...ndjson], `${first}\n\n${second}`)
    const [one, two] = await recordsOf(dir)
    expect(one).toMatchObject({ offset: 0, timestamp: 5, timestampType: 'CreateTime' })
    expect([String(one?.key), one?.value?.toString('hex')]).toEqual(['k', 'ff00'])
    expect(one?.headers.map(([name, value]) => [name, value?.toString()])).toEqual([
      ['h', undefined],
      ['h', 'x'],
    ])
    expect(two).toMatchObject({ offset: 1, key: null, value: null, headers: [] })
  })

  it.each([
    ['no JSON', '{"value":', /line 2 .* is not JSON/],
    ['no object', '[1]', /line 2 .* is not a JSON object/],
    ['a field that is none', '{"vaule":"x"}', /line 2 .* has a field 'vaule'/],
    ['a value of another type', '{"value":5}', /line 2 .* has a value that is no string/],
    ['a time out of range', '{"timestamp":1e300}', /line 2 .* has a timestamp/],
    ['bytes that are no UTF-8', '{"value":"\xff"}', /line 2 .* is not UTF-8/],
    ['a topic', '{"topic":"other","value":"x"}', /line 2 .* has a field 'topic'/],
    ['half a surrogate pair', '{"value":"a\\ud800"}', /line 2 .* a value with a lone surrogate/],
    ['such a key', '{"key":"\\udc00a"}', /line 2 .* a key with a lone surrogate/],
    ['such a header', '{"headers":[["\\ud800","x"]]}', /line 2 .* a header with a lone/],
    ['base64 that is none', '{"value":{"base64":"A"}}', /line 2 .* has a value that is no string/],
    ['more than base64', '{"key":{"base64":"","x":1}}', /line 2 .* has a key that is no string/],
    ['a number for headers', '{"headers":5}', /line 2 .* headers that are no array of/],
    ['an object for headers', '{"headers":{"a":"b"}}', /line 2 .* headers that are no array of/],
    ['a header without value', '{"headers":[["a"]]}', /line 2 .* headers that are no array of/],
    ['a header of three', '{"headers":[["a","b","c"]]}', /line 2 .* headers that are no array/],
    ['a header of a number', '{"headers":[["a",5]]}', /line 2 .* has a header that is no string/],
  ])('stops at a line with %s, keeping those before', async (_, line, message) => {
    const dir = temporaryDirectory()
    const input = Buffer.from(`{"value":"kept"}\n${line}\n{"value":"lost"}\n`, 'latin1')
    const { code, stderr } = await duramen(['produce', 'clicks', '--dir', dir, ...ndjson], input)
    expect(code).toBe(1)
    expect(stderr).toMatch(/ERR_INPUT/)
    expect(stderr).toMatch(message)
    expect(await valuesIn(dir)).toEqual(['kept'])
  })

  it('does not mix with what is for lines', async () => {
    const { code, stderr } = await duramen(['produce', 'clicks', ...ndjson, '--key-separator', ':'])
    expect(code).toBe(2)
    expect(stderr).toContain('--key-separator is for --format lines')
  })
})
