import type { TopicConfigInput } from '../config/topic-config.js'
import type { Topic } from './catalog-file.js'

export interface AlterOptions {
  /** Say whether it would be done, and do nothing. Default false. */
  readonly validateOnly?: boolean
}

/** Configurations, or what makes them of a topic as it is. */
export type TopicChanges = TopicConfigInput | ((topic: Topic) => TopicConfigInput)

export interface NewTopic extends AlterOptions {
  /** Default 1. */
  readonly partitions?: number
  /** By Kafka's names, or in camel case. */
  readonly config?: TopicConfigInput
  /** As Kafka writes ids. Default: a new one. */
  readonly id?: string
}
