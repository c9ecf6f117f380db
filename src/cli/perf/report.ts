import type { LatencySummary } from './latencies.js'

/** As Kafka's tools count it. */
const megabyte = 1024 * 1024

export interface Volume {
  readonly records: number
  /** Of keys and values. */
  readonly bytes: number
  readonly seconds: number
}

export interface Rates {
  readonly recordsPerSecond: number
  /** Of 1024 x 1024 bytes. */
  readonly megabytesPerSecond: number
}

export function ratesOf({ records, bytes, seconds }: Volume): Rates {
  const each = (amount: number) => (seconds > 0 ? amount / seconds : 0)
  return { recordsPerSecond: each(records), megabytesPerSecond: each(bytes / megabyte) }
}

/** As kafka-producer-perf-test begins its lines. */
export function volumeLine(volume: Volume, verb: 'sent' | 'read'): string {
  const { recordsPerSecond, megabytesPerSecond } = ratesOf(volume)
  const rates = `${recordsPerSecond.toFixed(1)} records/sec (${megabytesPerSecond.toFixed(2)} MB/sec)`
  return `${volume.records} records ${verb}, ${rates}`
}

/** As it goes on. */
export function latencyText({ average, max }: LatencySummary): string {
  return `${average.toFixed(2)} ms avg latency, ${max.toFixed(2)} ms max latency`
}

export function percentileText({ p50, p95, p99, p999 }: LatencySummary): string {
  const ms = (value: number) => value.toFixed(2)
  return `${ms(p50)} ms 50th, ${ms(p95)} ms 95th, ${ms(p99)} ms 99th, ${ms(p999)} ms 99.9th`
}

/** What this process has used, since it began. */
export interface Usage {
  readonly cpuUserSeconds: number
  readonly cpuSystemSeconds: number
  /** Bytes; mapped files count. */
  readonly maxResidentBytes: number
}

export function usageNow(): Usage {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage()
  return {
    cpuUserSeconds: userCPUTime / 1e6,
    cpuSystemSeconds: systemCPUTime / 1e6,
    maxResidentBytes: maxRSS * 1024,
  }
}

export function usageLine({ cpuUserSeconds, cpuSystemSeconds, maxResidentBytes }: Usage): string {
  const cpu = `${cpuUserSeconds.toFixed(2)} s user, ${cpuSystemSeconds.toFixed(2)} s system`
  return `this process: CPU ${cpu}; memory ${(maxResidentBytes / megabyte).toFixed(0)} MB at most`
}
