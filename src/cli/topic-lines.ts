import type { DescribedTopic } from './store/store.js'

/** For JSON: configurations by Kafka's names, as `--config` takes them. */
export function topicAsJson({ name, id, partitions, config }: DescribedTopic): object {
  return { name, id, partitions, config }
}

export const topicHeadings = ['TOPIC', 'ID', 'PARTITIONS', 'CONFIG']

/** The same as fields of a line. */
export function topicAsRow({ name, id, partitions, config }: DescribedTopic): string[] {
  const configs = Object.entries(config).map(([key, value]) => `${key}=${value}`)
  // A list has commas of its own.
  return [name, id ?? '-', String(partitions), configs.join(' ')]
}
