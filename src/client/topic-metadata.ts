import { DuramenError } from '../errors.js'
import type { apis, ResponseOf } from '../protocol/index.js'
import { noUuid } from '../topic/index.js'

export interface PartitionMetadata {
  readonly partition: number
  /** Node id; -1 where there is none. */
  readonly leader: number
}

export interface TopicMetadata {
  readonly name: string
  /** As Kafka writes ids; null where the broker has none. */
  readonly id: string | null
  readonly isInternal: boolean
  /** By number, each from 0 on. */
  readonly partitions: readonly PartitionMetadata[]
}

type TopicInAnswer = ResponseOf<typeof apis.metadata>['topics'][number]

/** @throws DuramenError `ERR_BAD_ANSWER` */
export function topicMetadata({
  name,
  topicId,
  isInternal,
  partitions,
}: TopicInAnswer): TopicMetadata {
  const inOrder = partitions
    .map(({ partitionIndex, leaderId }) => ({ partition: partitionIndex, leader: leaderId }))
    .sort((a, b) => a.partition - b.partition)
  if (name === null || inOrder.some(({ partition }, i) => partition !== i)) {
    throw new DuramenError(
      'ERR_BAD_ANSWER',
      `a broker says that ${name} has partitions which are not numbered from 0; look at the broker`,
    )
  }
  return { name, id: topicId === noUuid ? null : topicId, isInternal, partitions: inOrder }
}
