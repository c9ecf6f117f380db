import { decodeAssignment, type StoredMember, type TopicPartitions } from '../group/index.js'
import { GroupReader, type SeenGroup } from './group-reader.js'
import { readPartition } from './read-partition.js'
import { table } from './table.js'
import type { Call, Verb } from './verb.js'

const options = {}

export const groupsDescribe: Verb<typeof options> = {
  argument: 'GROUP',
  options,
  examples: ['duramen groups describe billing', 'duramen groups describe billing --json'],
  async run(call) {
    const reader = await GroupReader.open(call.options.dir, call)
    const group = await reader.get(call.argument)
    const partitions: PartitionLag[] = []
    for (const place of placesOf(group)) {
      const isThere = place.partition < (reader.catalog.find(place.topic)?.partitions ?? 0)
      partitions.push(await lagOf(call.options.dir, place, isThere))
    }
    await write(group, partitions, call)
    return 0
  },
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

function placesOf({ offsets, members }: SeenGroup): Place[] {
  const places = new Map<string, Place>()
  for (const [topic, partition, { offset: committed }] of offsets) {
    places.set(`${topic}-${partition}`, { topic, partition, committed, member: null })
  }
  for (const { memberId, assignment } of members) {
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
function assignedTo(assignment: StoredMember['assignment']): TopicPartitions {
  try {
    return decodeAssignment(assignment).partitions
  } catch {
    return new Map()
  }
}

/** `isThere`: whether the partition exists, and has not been deleted since. */
async function lagOf(dir: string, place: Place, isThere: boolean): Promise<PartitionLag> {
  const { topic, partition, committed, member } = place
  const end = isThere ? ((await readPartition(dir, place, (log) => log.highWatermark)) ?? 0) : null
  const lag = end === null || committed === null ? null : Math.max(end - committed, 0)
  return { topic, partition, committedOffset: committed, logEndOffset: end, lag, member }
}

const groupHeadings = ['GROUP', 'STATE', 'GENERATION', 'ASSIGNOR', 'MEMBERS']
const partitionHeadings = ['TOPIC', 'PARTITION', 'COMMITTED', 'LOG END', 'LAG', 'MEMBER']

/** As a line, and behind an empty line its partitions. */
async function write(
  { groupId: group, state, generation, protocolName: assignor, members }: SeenGroup,
  partitions: readonly PartitionLag[],
  { options, output }: Call<typeof groupsDescribe.options>,
): Promise<void> {
  if (options.json) {
    const seen = members.map(({ memberId, groupInstanceId, clientId, clientHost }) => ({
      memberId,
      groupInstanceId,
      clientId,
      clientHost,
    }))
    const json = { group, state, generation, assignor, members: seen, partitions }
    await output.write(`${JSON.stringify(json)}\n`)
    return
  }
  const row = [group, state, String(generation), assignor || '-', String(members.length)]
  await output.write(table(groupHeadings, [row], output.isTerminal))
  const rows = partitions.map((lag) => Object.values(lag).map((field) => String(field ?? '-')))
  await output.write(`\n${table(partitionHeadings, rows, output.isTerminal)}`)
}
