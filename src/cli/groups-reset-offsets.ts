import { usage } from './failure.js'
import { count, flag, parsed, texts } from './options.js'
import { resetOffset, type Target, targetNames } from './reset-offset.js'
import { overStore } from './store/over-store.js'
import type { DescribedGroup, Place, TopicStore } from './store/store.js'
import { storeOptions } from './store/store-options.js'
import { table } from './table.js'
import { allowedTimes, timeOf } from './times.js'
import { topicPartitions } from './topic-partitions.js'
import type { Call, Verb } from './verb.js'
import { counted } from './words.js'

const options = {
  topic: texts('T', 'only this topic, or with T:0,2 partitions of it (default: all committed)'),
  'to-earliest': flag('to the first record'),
  'to-latest': flag('to the end'),
  'to-offset': count('N', 'to offset N', [0, Number.MAX_SAFE_INTEGER]),
  'to-time': parsed('T', 'to the first record of that time, or the end', allowedTimes, timeOf),
  'shift-by': parsed(
    'N',
    'N records on, or with -N back, within what there is',
    'a whole number',
    (given) => (/^[-+]?\d{1,15}$/.test(given) ? Number(given) : undefined),
  ),
  'dry-run': flag('only show what would be committed; works beside a running owner'),
  ...storeOptions,
}

export const groupsResetOffsets: Verb<typeof options> = {
  argument: 'GROUP',
  options,
  examples: [
    'duramen groups reset-offsets billing --to-earliest --dry-run',
    'duramen groups reset-offsets billing --topic clicks --to-time 2026-01-31T12:00:00Z',
    'duramen groups reset-offsets billing --topic clicks:0,2 --shift-by -100',
  ],
  run: overStore<typeof options>(async (call, { groups, topics }) => {
    const target = targetOf(call.options)
    const group = await groups.get(call.argument)
    const resets: Reset[] = []
    for (const place of await placesOf(group, topics, call.options.topic)) {
      const reset = await resetOf(group, place, target, topics)
      if (reset !== undefined) resets.push(reset)
    }
    if (!call.options['dry-run']) {
      await groups.commit(
        call.argument,
        resets.map(({ topic, partition, after: offset }) => ({ topic, partition, offset })),
      )
    }
    await report(resets, call)
    return 0
  }),
}

type Options = Call<typeof options>['options']

/** In the order of the headings; null: nothing was committed. */
interface Reset extends Place {
  readonly before: number | null
  readonly after: number
}

function targetOf(given: Options): Target {
  const asked = targetNames.filter((name) => given[name] !== undefined && given[name] !== false)
  const [name] = asked
  if (name !== undefined && asked.length === 1) return { name, value: Number(given[name]) }
  const all = targetNames.map((one) => `--${one}`)
  throw usage(`groups reset-offsets needs one of ${all.join(', ')}, and no other of them`)
}

/** Those that are asked for; else all that are committed. */
async function placesOf(
  { offsets }: DescribedGroup,
  topics: TopicStore,
  asked: readonly string[],
): Promise<readonly Place[]> {
  if (asked.length === 0) return offsets
  return (await Promise.all(asked.map((one) => topicPartitions(one, topics)))).flat()
}

/** Undefined where the partition is gone. */
function resetOf(
  { offsets }: DescribedGroup,
  place: Place,
  target: Target,
  topics: TopicStore,
): Promise<Reset | undefined> {
  const { topic, partition } = place
  const found = offsets.find((one) => one.topic === topic && one.partition === partition)
  const before = found?.offset ?? null
  return topics.look(place, async (ends) => {
    return { topic, partition, before, after: await resetOffset(ends, before, target) }
  })
}

async function report(resets: readonly Reset[], call: Call<typeof options>): Promise<void> {
  const { argument: group, options, output, note } = call
  const dryRun = options['dry-run']
  if (options.json) {
    await output.write(`${JSON.stringify({ group, dryRun, partitions: resets })}\n`)
    return
  }
  const rows = resets.map(({ topic, partition, before, after }) =>
    [topic, partition, before ?? '-', after].map(String),
  )
  await output.write(table(['TOPIC', 'PARTITION', 'BEFORE', 'AFTER'], rows, output.isTerminal))
  const partitions = counted(resets.length, 'partition')
  note(dryRun ? `${partitions} would be reset in ${group}` : `${partitions} reset in ${group}`)
}
