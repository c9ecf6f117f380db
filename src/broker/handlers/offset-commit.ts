import type { Engine } from '../../engine.js'
import type { GroupCoordinator } from '../../group/index.js'
import { apis, errorCodes, type RequestOf } from '../../protocol/index.js'
import { groupCodeOf } from '../error-code.js'
import { handler } from '../handler.js'
import { tellStorageFault } from '../storage-faults.js'
import { byTopic, isThere } from './topic-partitions.js'

type Request = RequestOf<typeof apis.offsetCommit>
type Partition = Request['topics'][number]['partitions'][number]
type Place = Partition & { readonly topic: string; readonly partition: number }

/** Partitions are refused one by one; the others are committed together. */
export const offsetCommitHandler = handler(
  apis.offsetCommit,
  async (request, _call, { engine, problems }) => {
    const places = request.topics.flatMap(({ name, partitions }) =>
      partitions.map((one) => ({ ...one, topic: name, partition: one.partitionIndex })),
    )
    const codes = new Map(places.map((place) => [place, check(place, engine)]))
    const sound = places.filter((place) => codes.get(place) === errorCodes.none)
    if (sound.length > 0) {
      const results = await commit(await engine.groups(), request, sound)
      for (const [i, { error }] of results.entries()) {
        tellStorageFault(error, apis.offsetCommit.name, problems)
        codes.set(sound[i], error === undefined ? errorCodes.none : groupCodeOf(error))
      }
    }
    return {
      topics: byTopic(places, (place) => ({
        partitionIndex: place.partition,
        errorCode: codes.get(place) as number,
      })),
    }
  },
)

function check(place: Place, engine: Engine): number {
  if (!isThere(engine, place)) return errorCodes.unknownTopicOrPartition
  const { committedOffset } = place
  const isExact = Number.isSafeInteger(committedOffset)
  return isExact ? errorCodes.none : errorCodes.invalidRequest
}

/** The result of each. */
function commit(coordinator: GroupCoordinator, request: Request, places: readonly Place[]) {
  const { groupId, memberId, groupInstanceId } = request
  return coordinator.commitOffsets({
    ...{ groupId, memberId, groupInstanceId },
    generation: request.generationIdOrMemberEpoch,
    retentionMs: request.retentionTimeMs,
    offsets: places.map(({ topic, partition, ...one }) => ({
      topic,
      partition,
      offset: one.committedOffset,
      leaderEpoch: one.committedLeaderEpoch,
      metadata: one.committedMetadata,
    })),
  })
}
