import { describe, expect, it } from 'vitest'
import { dataDirectory, openEngine } from '../support/engines.js'
import { duramen, overNetwork, succeed } from './command.js'

const produced =
  /^3000 records sent, [\d.]+ records\/sec \([\d.]+ MB\/sec\), [\d.]+ ms avg latency, [\d.]+ ms max latency, [\d.]+ ms 50th, [\d.]+ ms 95th, [\d.]+ ms 99th, [\d.]+ ms 99.9th\.\nthis process: CPU .* MB at most\n$/

describe.each(['directory', 'broker'] as const)('perf over a %s', (where) => {
  async function place(): Promise<string[]> {
    if (where === 'directory') return ['--dir', dataDirectory(), '--json']
    return [...(await overNetwork(await openEngine())), '--json']
  }

  it.each(['none', 'lz4'])(
    'sends the records that were asked for, with %s',
    async (compression) => {
      const options = await place()
      const words = ['--records', '3000', '--record-size', '50', '--compression', compression]
      const sent = JSON.parse(await succeed(['perf', 'produce', 'load', ...words, ...options]))
      expect(sent).toMatchObject({ records: 3000, bytes: 150_000 })
      const { p50, p95, p99, p999, max } = sent.latencyMs
      expect([p50, p95, p99, p999, max]).toEqual([p50, p95, p99, p999, max].sort((a, b) => a - b))
      const lines = await succeed(['consume', 'load', ...options.slice(0, 2)])
      expect(lines).toMatch(/^([A-Z]{50}\n){3000}$/)
      const all = JSON.parse(await succeed(['perf', 'consume', 'load', ...options]))
      expect(all).toMatchObject({ records: 3000, bytes: 150_000 })
      const some = ['perf', 'consume', 'load', '--records', '7', '--fetch-size', '1024', ...options]
      expect(JSON.parse(await succeed(some))).toMatchObject({ records: 7, bytes: 350 })
    },
  )

  it('keeps to a rate', async () => {
    const words = ['--records', '100', '--rate', '1000', '--linger', '20', ...(await place())]
    const { seconds, records } = JSON.parse(await succeed(['perf', 'produce', 'load', ...words]))
    expect(records).toBe(100)
    expect(seconds).toBeGreaterThanOrEqual(0.099)
  })

  it('says it as the tools of Kafka do', async () => {
    const options = (await place()).slice(0, 2)
    const { code, stdout } = await duramen([
      'perf',
      'produce',
      'load',
      '--records',
      '3000',
      ...options,
    ])
    expect([code, stdout]).toEqual([0, expect.stringMatching(produced)])
    const read = await succeed(['perf', 'consume', 'load', ...options])
    expect(read).toMatch(/^3000 records read, [\d.]+ records\/sec \([\d.]+ MB\/sec\)\.\nthis /)
  })
})
