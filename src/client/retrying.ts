import { setTimeout } from 'node:timers/promises'
import { DuramenError } from '../errors.js'

const attempts = 10
const firstPauseMs = 20
const longestPauseMs = 1000

export interface RetryOptions {
  /** Whether to try again after this. Default: where the error says that it may help. */
  readonly after?: (error: unknown) => boolean
  /** Done before each new try; what it throws counts as a failed try. */
  readonly first?: () => Promise<unknown>
  /** Tries for so long after the first failure, instead of ten times. */
  readonly forMs?: number
  /** Told of each failure after which it is tried again. */
  readonly failed?: (error: unknown) => void
  /** Ends the pauses. */
  readonly signal?: AbortSignal | undefined
}

/** What `act` gives, tried up to ten times within about five seconds unless it is said otherwise. */
export async function retrying<T>(
  act: () => Promise<T>,
  { after = isRetriable, first, forMs, failed, signal }: RetryOptions = {},
): Promise<T> {
  let failingSince: number | undefined
  for (let attempt = 1; ; attempt++) {
    try {
      if (attempt > 1) await first?.()
      return await act()
    } catch (error) {
      failingSince ??= performance.now()
      const isOver =
        forMs === undefined ? attempt === attempts : performance.now() - failingSince > forMs
      if (!after(error) || isOver) throw error
      failed?.(error)
    }
    await setTimeout(pauseMs(attempt), undefined, { signal })
  }
}

/** Before try number `attempt + 1`. */
export function pauseMs(attempt: number): number {
  return Math.min(firstPauseMs * 2 ** (attempt - 1), longestPauseMs)
}

export function isRetriable(error: unknown): boolean {
  return error instanceof DuramenError && error.retriable
}

/** NOT_CONTROLLER, COORDINATOR_LOAD_IN_PROGRESS, COORDINATOR_NOT_AVAILABLE, NOT_COORDINATOR. */
const wrongBroker: ReadonlySet<number | undefined> = new Set([41, 14, 15, 16])

/** Whether a broker has refused to do something that another may do, or it a little later. */
export function isWrongBroker(error: unknown): boolean {
  return error instanceof DuramenError && wrongBroker.has(error.kafkaCode)
}
