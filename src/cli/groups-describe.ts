import { decodeAssignment, type TopicPartitions } from '../group/index.js'
import { overStore } from './store/over-store.js'
import type { DescribedGroup, TopicStore } from './store/store.js'
import { storeOptions } from './store/store-options.js'
import { table } from './table.js'
import type { Context, Verb } from './verb.js'

export const groupsDescribe: Verb<typeof storeOptions> = {
  argument: 'GROUP',
  options: storeOptions,
  examples: [
    'duramen groups describe billing --json',
    'duramen groups describe billing --bootstrap-server localhost:9092',
  ],
  run: overStore(async (call, store) => {
    const group = await store.groups.get(call.argument)
    const partitions: PartitionLag[] = []
    for (const place of placesOf(group)) partitions.push(await lagOf(place, store.topics))
    await write(group, partitions, call.options.json, call)
    return 0
  }),
}

/** A partition that is committed or assigned. */
interface Place {
  readonly topic: string
  readonly partition: number
  readonly committed: number | null
  readonly member: string | null
}

/** In the order of the headings; null: there is none. */
interface PartitionLag {
  readonly topic: string
  readonly partition: number
  readonly committedOffset: number | null
  readonly logEndOffset: number | null
  readonly lag: number | null
  readonly member: string | null
}

function placesOf({ offsets, members }: DescribedGroup): Place[] {
  const places = new Map<string, Place>()
  for (const { topic, partition, offset: committed } of offsets) {
    places.set(`${topic}-${partition}`, { topic, partition, committed, member: null })
  }
  for (const { memberId, assignment } of members ?? []) {
    for (const [topic, numbers] of assignedTo(assignment)) {
      for (const partition of numbers) {
        const name = `${topic}-${partition}`
        const committed = places.get(name)?.committed ?? null
        places.set(name, { topic, partition, committed, member: memberId })
      }
    }
  }
  return [...places.values()].sort(byTopicAndPartition)
}

function byTopicAndPartition(a: Place, b: Place): number {
  if (a.topic === b.topic) return a.partition - b.partition
  return a.topic < b.topic ? -1 : 1
}

/** Nothing where the members are no consumers, whose assignments only they can read. */
function assignedTo(assignment: Buffer): TopicPartitions {
  try {
    return decodeAssignment(assignment).partitions
  } catch {
    return new Map()
  }
}

async function lagOf(place: Place, topics: TopicStore): Promise<PartitionLag> {
  const { topic, partition, committed, member } = place
  // It may have been deleted since.
  const end = (await topics.look(place, ({ highWatermark }) => highWatermark)) ?? null
  const lag = end === null || committed === null ? null : Math.max(end - committed, 0)
  return { topic, partition, committedOffset: committed, logEndOffset: end, lag, member }
}

const groupHeadings = ['GROUP', 'STATE', 'GENERATION', 'ASSIGNOR', 'MEMBERS']
const partitionHeadings = ['TOPIC', 'PARTITION', 'COMMITTED', 'LOG END', 'LAG', 'MEMBER']

/** As a line, and behind an empty line its partitions. */
async function write(
  { groupId: group, state, generation, protocolName: assignor, members }: DescribedGroup,
  partitions: readonly PartitionLag[],
  asJson: boolean,
  { output }: Context,
): Promise<void> {
  if (asJson) {
    const seen = members?.map(({ memberId, groupInstanceId, clientId, clientHost }) => ({
      memberId,
      groupInstanceId,
      clientId,
      clientHost,
    }))
    const json = { group, state, generation, assignor, members: seen ?? null, partitions }
    await output.write(`${JSON.stringify(json)}\n`)
    return
  }
  const row = [
    group,
    state,
    String(generation ?? '-'),
    assignor || '-',
    String(members?.length ?? '-'),
  ]
  await output.write(table(groupHeadings, [row], output.isTerminal))
  const rows = partitions.map((lag) => Object.values(lag).map((field) => String(field ?? '-')))
  await output.write(`\n${table(partitionHeadings, rows, output.isTerminal)}`)
}
