import { usage } from './failure.js'
import { freeGroup } from './free-group.js'
import { GroupReader, type SeenGroup } from './group-reader.js'
import { openEngine } from './open-engine.js'
import { count, flag, parsed, texts } from './options.js'
import { readPartition } from './read-partition.js'
import { type Offsets, resetOffset, type Target, targetNames } from './reset-offset.js'
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
}

export const groupsResetOffsets: Verb<typeof options> = {
  argument: 'GROUP',
  options,
  examples: [
    'duramen groups reset-offsets billing --to-earliest --dry-run',
    'duramen groups reset-offsets billing --topic clicks --to-time 2026-01-31T12:00:00Z',
    'duramen groups reset-offsets billing --topic clicks:0,2 --shift-by -100',
  ],
  async run(call) {
    const target = targetOf(call.options)
    const reader = await GroupReader.open(call.options.dir, call)
    const group = await reader.get(call.argument)
    const resets: Reset[] = []
    for (const place of placesOf(group, reader, call.options.topic)) {
      resets.push(await resetOf(group, place, target, call.options.dir))
    }
    if (!call.options['dry-run']) await commit(resets, call)
    await report(resets, call)
    return 0
  },
}

type Options = Call<typeof options>['options']

interface Place {
  readonly topic: string
  readonly partition: number
}

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
function placesOf(
  { offsets }: SeenGroup,
  { catalog }: GroupReader,
  asked: readonly string[],
): Place[] {
  if (asked.length > 0) return asked.flatMap((one) => topicPartitions(one, catalog))
  const committed = offsets.map(([topic, partition]) => ({ topic, partition }))
  return committed.filter(({ topic, partition }) => {
    return partition < (catalog.find(topic)?.partitions ?? 0)
  })
}

async function resetOf(
  group: SeenGroup,
  place: Place,
  target: Target,
  dir: string,
): Promise<Reset> {
  const { topic, partition } = place
  const found = group.offsets.find(([name, number]) => name === topic && number === partition)
  const before = found?.[2].offset ?? null
  const resetIn = (log: Offsets) => resetOffset(log, before, target)
  const after = (await readPartition(dir, place, resetIn)) ?? (await resetIn(emptyLog(place)))
  return { topic, partition, before, after }
}

/** Of a partition that has no directory yet. */
function emptyLog(place: Place): Offsets {
  return { ...place, logStartOffset: 0, highWatermark: 0, offsetForTimestamp: async () => null }
}

async function commit(resets: readonly Reset[], call: Call<typeof options>): Promise<void> {
  const { argument: groupId, options } = call
  const engine = await openEngine(options.dir)
  try {
    const coordinator = await engine.groups()
    await freeGroup(coordinator, groupId)
    const offsets = resets.map(({ topic, partition, after: offset }) => ({
      topic,
      partition,
      offset,
    }))
    const results = await coordinator.commitOffsets({ groupId, offsets })
    for (const { error } of results) if (error !== undefined) throw error
  } finally {
    await engine.close()
  }
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
