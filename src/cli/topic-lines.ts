import { kafkaConfig } from '../config/topic-config.js'
import type { Topic } from '../topic/index.js'

/** For JSON: configurations by Kafka's names, as `--config` takes them. */
export function topicAsJson({ name, id, partitions, config }: Topic): object {
  return { name, id, partitions, config: kafkaConfig(config) }
}

export const topicHeadings = ['TOPIC', 'ID', 'PARTITIONS', 'CONFIG']

/** The same as fields of a line. */
export function topicAsRow({ name, id, partitions, config }: Topic): string[] {
  const configs = Object.entries(kafkaConfig(config)).map(([key, value]) => `${key}=${value}`)
  // A list has commas of its own.
  return [name, id, String(partitions), configs.join(' ')]
}
