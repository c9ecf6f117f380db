import type { Waiting } from '../../log/progress.js'

const longestTimerMs = 2 ** 31 - 1

/**
 * True when the first of what is waited for is there; false when it is late (`performance.now`), or
 * the signal aborts. Nothing is left waiting then.
 */
export function firstOf(
  waits: readonly Waiting[],
  until: number,
  signal: AbortSignal,
): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (isThere: boolean) => {
      clearTimeout(timer)
      signal.removeEventListener('abort', give)
      for (const { cancel } of waits) cancel()
      resolve(isThere)
    }
    const give = () => end(false)
    const come = () => end(true)
    const ms = Math.min(Math.max(until - performance.now(), 0), longestTimerMs)
    const timer = setTimeout(give, ms)
    signal.addEventListener('abort', give)
    if (signal.aborted) give()
    // What fails is told by reading it.
    for (const { reached } of waits) reached.then(come, come)
  })
}
