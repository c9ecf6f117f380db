import { DuramenError } from '../errors.js'
import type { LogView } from '../log/index.js'
import { apis } from '../protocol/index.js'
import {
  type FetchOptions,
  fetchedOf,
  fetchRequest,
  lastFetchWithNames,
  type Wanted,
} from './fetch.js'
import { unlessAborted } from './partition-leader.js'
import type { RemoteLog } from './remote-log.js'
import { isRetriable, retrying } from './retrying.js'

export interface FollowOptions extends FetchOptions {
  readonly signal: AbortSignal
  /** Told when the way to a broker is lost, and tried again. */
  readonly note: (message: string) => void
}

/** As long as a producer sends a batch again and again: a broker may start anew meanwhile. */
const longestOutageMs = 30_000

/** Each round waits for all leaders, so that one without records holds up the others by so much. */
const waitMs = { oneLeader: 500, severalLeaders: 100 }

/**
 * Gives all batches of partitions of one topic from `starts` on, and further ones as they are appended.
 * Of each leader all its partitions are asked for at once: a broker answers one request of a client
 * after the other, and would wait for the first partition while the second has records.
 *
 * @throws what reading does, and `signal.reason`
 */
export async function follow(
  logs: readonly RemoteLog[],
  starts: readonly number[],
  { signal, note, ...options }: FollowOptions,
  take: (view: LogView) => Promise<void>,
): Promise<void> {
  const positions = new Map(logs.map((log, i) => [log, starts[i] as number]))
  for (let round = 0; !signal.aborted; round++) {
    const turn = new Round(inTurn(logs, round), positions, signal, options)
    let isTold = false
    const failed = (error: unknown) => {
      if (isTold || !isLost(error)) return
      isTold = true
      // Without the remedy, which is for when it is given up.
      note(`${error.message.replace(/; .*$/, '')}; trying again for up to 30 seconds`)
    }
    const first = () => turn.findLeaders()
    await retrying(() => turn.run(take), { first, failed, forMs: longestOutageMs, signal })
  }
}

function isLost(error: unknown): error is DuramenError {
  return error instanceof DuramenError && error.code === 'ERR_CONNECTION'
}

/** What stands first is answered first where not all fits. */
function inTurn(logs: readonly RemoteLog[], round: number): readonly RemoteLog[] {
  const first = round % logs.length
  return [...logs.slice(first), ...logs.slice(0, first)]
}

class Round {
  readonly #logs: readonly RemoteLog[]
  readonly #positions: Map<RemoteLog, number>
  readonly #signal: AbortSignal
  readonly #options: FetchOptions

  constructor(
    logs: readonly RemoteLog[],
    positions: Map<RemoteLog, number>,
    signal: AbortSignal,
    options: FetchOptions,
  ) {
    this.#logs = logs
    this.#positions = positions
    this.#signal = signal
    this.#options = options
  }

  /** @throws what one of the leaders answers, or the connection to it does, once all have */
  async run(take: (view: LogView) => Promise<void>): Promise<void> {
    const byLeader = new Map<number, RemoteLog[]>()
    for (const log of this.#logs) {
      const led = byLeader.get(log.leader.node) ?? []
      byLeader.set(log.leader.node, led)
      led.push(log)
    }
    const maxWaitMs = byLeader.size === 1 ? waitMs.oneLeader : waitMs.severalLeaders
    const all = [...byLeader.values()].map((led) => this.#fetch(led, maxWaitMs, take))
    for (const one of await Promise.allSettled(all)) if (one.status === 'rejected') throw one.reason
  }

  async #fetch(
    led: readonly RemoteLog[],
    maxWaitMs: number,
    take: (view: LogView) => Promise<void>,
  ): Promise<void> {
    const wanted = led.map((log) => ({
      leader: log.leader,
      offset: this.#positions.get(log) as number,
    }))
    const connection = await (led[0] as RemoteLog).leader.connection()
    const body = fetchRequest(wanted, { ...this.#options, maxWaitMs })
    const asked = connection.request(apis.fetch, body, {
      latest: lastFetchWithNames,
      waitMs: maxWaitMs,
    })
    const answer = await unlessAborted(asked, this.#signal)
    let failure: unknown
    for (const [i, log] of led.entries()) {
      try {
        const view = log.took(fetchedOf(answer, wanted[i] as Wanted))
        if (!view.isEmpty) await take(view)
        this.#positions.set(log, view.nextOffset)
      } catch (error) {
        // Another partition's turn comes all the same, unless nobody can take it.
        if (!isRetriable(error)) throw error
        failure = error
      }
    }
    if (failure !== undefined) throw failure
  }

  async findLeaders(): Promise<void> {
    for (const { leader } of this.#logs) await leader.find()
  }
}
