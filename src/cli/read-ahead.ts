import type { LogView } from '../log/index.js'
import type { ReadablePartition, Reading } from './store/store.js'

/**
 * Views of a partition from `start` to where it ends now, each asked for while the caller works on the
 * one before, so that the way to a broker is not waited for. The signal ends them.
 */
export async function* viewsOf(
  log: ReadablePartition,
  start: number,
  reading: Reading,
): AsyncGenerator<LogView> {
  const end = log.highWatermark
  let next = start < end ? log.read(start, reading) : undefined
  while (next !== undefined && !reading.signal.aborted) {
    const view = await next
    if (view.isEmpty) return
    next = view.nextOffset < end ? log.read(view.nextOffset, reading) : undefined
    // It is awaited by the next turn, if there is one, and must not count as unhandled until then.
    next?.catch(() => {})
    yield view
  }
}
