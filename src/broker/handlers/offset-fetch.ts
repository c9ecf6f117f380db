import type { GroupCoordinator } from '../../group/index.js'
import { apis, errorCodes, type RequestOf } from '../../protocol/index.js'
import { groupCodeOf } from '../error-code.js'
import { handler } from '../handler.js'
import { byTopic } from './topic-partitions.js'

type Request = RequestOf<typeof apis.offsetFetch>
type Topics = Request['topics']

/**
 * One group up to version 7, since then any number. Offsets are always stable while no transaction
 * can commit any.
 */
export const offsetFetchHandler = handler(
  apis.offsetFetch,
  async ({ groupId, topics, groups }, { version }, { engine }) => {
    const coordinator = await engine.groups()
    if (version < 8) return { topics: await fetch(coordinator, groupId, topics) }
    // A group that is named over and over is answered once: no request makes an answer without limit.
    const asked = new Map(groups.map((group) => [group.groupId, group.topics]))
    const answers = Array.from(asked, ([id, places]) => answerFor(coordinator, id, places))
    return { groups: await Promise.all(answers) }
  },
)

async function answerFor(coordinator: GroupCoordinator, groupId: string, topics: Topics) {
  try {
    const fetched = await fetch(coordinator, groupId, topics)
    return { groupId, errorCode: errorCodes.none, topics: fetched }
  } catch (error) {
    return { groupId, errorCode: groupCodeOf(error), topics: [] }
  }
}

/** Null topics: whatever is committed. */
async function fetch(coordinator: GroupCoordinator, groupId: string, topics: Topics) {
  const places = topics?.flatMap(({ name, partitionIndexes }) =>
    partitionIndexes.map((partition) => ({ topic: name, partition })),
  )
  const offsets = await coordinator.fetchOffsets(groupId, places)
  return byTopic(offsets, ({ partition, offset, leaderEpoch, metadata }) => ({
    partitionIndex: partition,
    committedOffset: offset,
    committedLeaderEpoch: leaderEpoch,
    metadata,
    errorCode: errorCodes.none,
  }))
}
