import { channel } from 'node:diagnostics_channel'

/** Where brokers of this process tell what an operator should know: subscribers get a `Problem`. */
export const problemChannel = 'duramen:broker:problem'

const problems = channel(problemChannel)

export interface Problem {
  /** One line, without its time. */
  readonly message: string
  /** What is wrong in the broker itself, with its stack; absent where a client is to blame. */
  readonly error?: unknown
}

/** Of each kind, what a hostile client can cause by the thousands is told so often in a window. */
const usualLimit: Limit = { most: 10, windowMs: 10_000 }

interface Limit {
  readonly most: number
  readonly windowMs: number
}

interface Window {
  began: number
  told: number
  untold: number
}

/** What one broker tells. */
export class Problems {
  readonly #windows = new Map<string, Window>()

  /** `kind` is what lines are limited by. */
  report(kind: string, message: string, error?: unknown, limit = usualLimit): void {
    if (!problems.hasSubscribers) return
    const untold = this.#passes(kind, limit)
    if (untold === undefined) return
    const more = untold > 0 ? ` (and ${untold} more like this before)` : ''
    // Names that clients chose may be in it.
    const line = message.replace(/\p{Cc}+/gu, ' ')
    problems.publish({ message: `${line}${more}`, error } satisfies Problem)
  }

  /** How many were not told since the last one; undefined where this one is not to be told. */
  #passes(kind: string, { most, windowMs }: Limit): number | undefined {
    const now = performance.now()
    const window = this.#windows.get(kind)
    if (window === undefined || now - window.began >= windowMs) {
      this.#windows.set(kind, { began: now, told: 1, untold: 0 })
      return window?.untold ?? 0
    }
    if (window.told >= most) {
      window.untold++
      return undefined
    }
    window.told++
    return 0
  }
}
