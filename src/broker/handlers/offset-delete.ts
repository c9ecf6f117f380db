import { apis, errorCodes } from '../../protocol/index.js'
import { resultCodeOf } from '../error-code.js'
import { handler } from '../handler.js'
import { byTopic, isThere } from './topic-partitions.js'

/** Of topics that there are; what was committed for others went with them. */
export const offsetDeleteHandler = handler(
  apis.offsetDelete,
  async ({ groupId, topics }, _call, { engine }) => {
    const places = topics.flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex }) => ({ topic: name, partition: partitionIndex })),
    )
    const known = places.filter((place) => isThere(engine, place))
    const unknown = places.filter((place) => !isThere(engine, place))
    const coordinator = await engine.groups()
    const deleted = await coordinator.deleteOffsets(groupId, known)
    const codes = [
      ...deleted.map(({ error, ...place }) => ({
        ...place,
        errorCode: resultCodeOf(error),
      })),
      ...unknown.map((place) => ({ ...place, errorCode: errorCodes.unknownTopicOrPartition })),
    ]
    const answers = byTopic(codes, ({ partition, errorCode }) => ({
      partitionIndex: partition,
      errorCode,
    }))
    return { errorCode: errorCodes.none, topics: answers }
  },
)
