import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'
import type { AnyApi } from '../protocol/index.js'

/** Milliseconds from a request's beginning until its answer went to the socket. */
export interface Latencies {
  readonly mean: number
  readonly p50: number
  readonly p99: number
  readonly p999: number
  readonly max: number
}

export interface ApiMetrics {
  readonly requests: number
  /** Requests that were refused as a whole. */
  readonly errors: number
  /** Of the others, once they are done. */
  readonly latencyMs: Latencies
}

/** What a broker has done since it was started. */
export interface BrokerMetrics {
  readonly connections: {
    readonly open: number
    readonly accepted: number
    /** For want of room: `max.connections`, `max.connections.per.ip`. */
    readonly refused: number
    /** Closed by the broker: what they sent was no request, or they were idle for too long. */
    readonly dropped: number
  }
  readonly bytesIn: number
  readonly bytesOut: number
  readonly requests: number
  readonly errors: number
  /** By their names, as `Produce`; those that were asked. */
  readonly apis: { readonly [name: string]: ApiMetrics }
}

const hourInMicroseconds = 3_600_000_000

class ApiCounts {
  readonly name: string
  requests = 0
  errors = 0
  /** Two digits to an hour: 25 KB. */
  readonly #latencies: RecordableHistogram = createHistogram({
    lowest: 1,
    highest: hourInMicroseconds,
    figures: 2,
  })

  constructor(name: string) {
    this.name = name
  }

  answered(ms: number): void {
    this.#latencies.record(Math.min(Math.max(1, Math.round(ms * 1000)), hourInMicroseconds))
  }

  snapshot(): ApiMetrics {
    const { requests, errors } = this
    const of = this.#latencies
    const isEmpty = of.count === 0
    const at = (percentile: number) => (isEmpty ? 0 : of.percentile(percentile) / 1000)
    return {
      requests,
      errors,
      latencyMs: {
        mean: isEmpty ? 0 : of.mean / 1000,
        p50: at(50),
        p99: at(99),
        p999: at(99.9),
        max: isEmpty ? 0 : of.max / 1000,
      },
    }
  }
}

/** What is counted while the broker serves. */
export class Counts {
  accepted = 0
  refused = 0
  dropped = 0
  bytesIn = 0
  bytesOut = 0
  readonly #apis = new Map<number, ApiCounts>()

  of({ key, name }: AnyApi): ApiCounts {
    const known = this.#apis.get(key)
    if (known !== undefined) return known
    const made = new ApiCounts(name)
    this.#apis.set(key, made)
    return made
  }

  snapshot(open: number): BrokerMetrics {
    const { accepted, refused, dropped, bytesIn, bytesOut } = this
    const apis = [...this.#apis.values()]
    return {
      connections: { open, accepted, refused, dropped },
      bytesIn,
      bytesOut,
      requests: apis.reduce((sum, { requests }) => sum + requests, 0),
      errors: apis.reduce((sum, { errors }) => sum + errors, 0),
      apis: Object.fromEntries(apis.map((one) => [one.name, one.snapshot()])),
    }
  }
}
