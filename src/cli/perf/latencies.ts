import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'

const longestMicros = 3_600_000_000
const figures = 3

/** Milliseconds, each to three figures. */
export interface LatencySummary {
  readonly average: number
  readonly max: number
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly p999: number
}

/** How long something took, many times. */
export class Latencies {
  readonly #histogram: RecordableHistogram = createHistogram({
    lowest: 1,
    highest: longestMicros,
    figures,
  })

  add(ms: number): void {
    this.#histogram.record(Math.min(Math.max(Math.round(ms * 1000), 1), longestMicros))
  }

  reset(): void {
    this.#histogram.reset()
  }

  get summary(): LatencySummary {
    const histogram = this.#histogram
    if (histogram.count === 0) return { average: 0, max: 0, p50: 0, p95: 0, p99: 0, p999: 0 }
    const at = (percent: number) => histogram.percentile(percent) / 1000
    const [average, max] = [histogram.mean / 1000, histogram.max / 1000]
    return { average, max, p50: at(50), p95: at(95), p99: at(99), p999: at(99.9) }
  }
}
