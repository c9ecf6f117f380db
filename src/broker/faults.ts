import type { AnyApi } from '../protocol/index.js'

/** Faults on demand, for tests of programs that use a broker. */
export class Faults {
  readonly #refusals = new Map<number, { readonly errorCode: number; left: number }>()

  /** The next `count` requests of the API are refused with one of Kafka's error numbers, and not done. */
  refuse({ key }: AnyApi, errorCode: number, count: number): void {
    this.#refusals.set(key, { errorCode, left: count })
  }

  /** Of a request that is about to begin; undefined where it is to be done. */
  take({ key }: AnyApi): number | undefined {
    const refusal = this.#refusals.get(key)
    if (refusal === undefined || refusal.left <= 0) return undefined
    refusal.left--
    return refusal.errorCode
  }

  clear(): void {
    this.#refusals.clear()
  }
}
