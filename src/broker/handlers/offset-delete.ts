import { apis, errorCodes } from '../../protocol/index.js'
import { errorCodeOf } from '../error-code.js'
import { handler } from '../handler.js'
import { byTopic } from './topic-partitions.js'

/** Of topics that there are; what was committed for others went with them. */
export const offsetDeleteHandler = handler(
  apis.offsetDelete,
  async ({ groupId, topics }, _call, { engine }) => {
    const places = topics.flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex }) => ({ topic: name, partition: partitionIndex })),
    )
    const isThere = ({ topic, partition }: (typeof places)[number]) =>
      partition >= 0 && partition < (engine.findTopic(topic)?.partitions ?? 0)
    const coordinator = await engine.groups()
    const deleted = await coordinator.deleteOffsets(groupId, places.filter(isThere))
    const unknown = places.filter((place) => !isThere(place))
    const codes = [
      ...deleted.map(({ error, ...place }) => ({
        ...place,
        errorCode: error === undefined ? errorCodes.none : errorCodeOf(error),
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
