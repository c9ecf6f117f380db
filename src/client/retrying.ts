import { setTimeout } from 'node:timers/promises'
import { DuramenError } from '../errors.js'

const attempts = 10
const firstPauseMs = 20
const longestPauseMs = 1000

/** What `act` gives, tried again, with growing pauses, while the broker says that this may help. */
export async function retrying<T>(act: () => Promise<T>): Promise<T> {
  for (let attempt = 1, pause = firstPauseMs; ; attempt++, pause *= 2) {
    try {
      return await act()
    } catch (error) {
      const canHelp = error instanceof DuramenError && error.retriable
      if (!canHelp || attempt === attempts) throw error
    }
    await setTimeout(Math.min(pause, longestPauseMs))
  }
}
