import type { LogView } from '../../log/index.js'
import { count } from '../options.js'
import { viewsOf } from '../read-ahead.js'
import { overStore } from '../store/over-store.js'
import type { ReadableTopic } from '../store/store.js'
import { storeOptions } from '../store/store-options.js'
import type { Call, Verb } from '../verb.js'
import { ratesOf, usageLine, usageNow, volumeLine } from './report.js'

const int32Max = 2 ** 31 - 1

const options = {
  records: count('N', 'stop after N records (default: all there are)', [
    1,
    Number.MAX_SAFE_INTEGER,
  ]),
  partition: count('N', 'only this partition (default: one after the other)', [0, int32Max]),
  'fetch-size': count('BYTES', 'about as many at a time', [1024, 2 ** 30], {
    default: 1024 * 1024,
  }),
  ...storeOptions,
}

export const perfConsume: Verb<typeof options> = {
  argument: 'TOPIC',
  options,
  examples: [
    'duramen perf consume load --records 5000000',
    'duramen perf consume load --bootstrap-server localhost:9092 --json',
  ],
  run: overStore<typeof options>(async (call, { topics }) => {
    const topic = await topics.openToRead(call.argument, call.options.partition)
    try {
      await new Run(call).run(topic)
    } finally {
      await topic.close()
    }
    return 0
  }),
}

/** Reads from the beginning, and looks at every record's lengths. */
class Run {
  readonly #call: Call<typeof options>
  readonly #most: number
  #records = 0
  #bytes = 0

  constructor(call: Call<typeof options>) {
    this.#call = call
    this.#most = call.options.records ?? Number.POSITIVE_INFINITY
  }

  async run({ logs }: ReadableTopic): Promise<void> {
    const { options, signal } = this.#call
    const reading = {
      maxBytes: options['fetch-size'] as number,
      isolation: 'read_uncommitted',
      signal,
    } as const
    const started = performance.now()
    for (const log of logs) {
      for await (const view of viewsOf(log, log.logStartOffset, reading)) {
        this.#count(view)
        view.release()
        if (this.#records >= this.#most) break
      }
      if (this.#records >= this.#most || signal.aborted) break
    }
    await this.#report((performance.now() - started) / 1000)
  }

  #count(view: LogView): void {
    const cursor = view.cursor()
    while (this.#records < this.#most && cursor.next()) {
      this.#records++
      // A null key or value has the length -1.
      this.#bytes += Math.max(cursor.keyLength, 0) + Math.max(cursor.valueLength, 0)
    }
  }

  async #report(seconds: number): Promise<void> {
    const { options, output } = this.#call
    const volume = { records: this.#records, bytes: this.#bytes, seconds }
    const used = usageNow()
    await output.write(
      options.json
        ? `${JSON.stringify({ ...volume, ...ratesOf(volume), ...used })}\n`
        : `${volumeLine(volume, 'read')}.\n${usageLine(used)}\n`,
    )
  }
}
