import { constants } from 'node:os'

const names = ['SIGINT', 'SIGTERM'] as const

/**
 * Aborted, with the signal's name as its reason, at the first SIGINT or SIGTERM. A second one ends the
 * process at once, whatever it is waiting for.
 */
export function listenForSignals(): AbortSignal {
  const controller = new AbortController()
  for (const name of names) {
    process.on(name, () => {
      if (controller.signal.aborted) die(name)
      else controller.abort(name)
    })
  }
  return controller.signal
}

/** Ends the process by the signal itself: process.exit would wait for threads stuck in a write. */
export function die(name: NodeJS.Signals): void {
  process.removeAllListeners(name)
  process.kill(process.pid, name)
}

/** 130 for SIGINT, 143 for SIGTERM, as shells have it. */
export function exitCodeOfSignal(signal: AbortSignal): number {
  return 128 + constants.signals[signal.reason as NodeJS.Signals]
}
