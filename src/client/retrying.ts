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
  /** Ends the pauses. */
  readonly signal?: AbortSignal | undefined
}

/** What `act` gives, tried up to ten times within about five seconds. */
export async function retrying<T>(
  act: () => Promise<T>,
  { after = isRetriable, first, signal }: RetryOptions = {},
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      if (attempt > 1) await first?.()
      return await act()
    } catch (error) {
      if (!after(error) || attempt === attempts) throw error
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
