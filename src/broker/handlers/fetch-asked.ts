import type { apis, RequestOf } from '../../protocol/index.js'

export type AskedTopic = RequestOf<typeof apis.fetch>['topics'][number]
export type AskedPartition = AskedTopic['partitions'][number]

/**
 * What a request asks for, each partition once: of one that is named again the last counts, in the
 * place of the first, and is answered alone, as Kafka does (`FetchRequest.fetchData`).
 */
export function askedOnce(topics: readonly AskedTopic[]): readonly AskedTopic[] {
  // As nearly every request of a consumer is.
  if (topics.length === 1 && topics[0]?.partitions.length === 1) return topics
  const byName = new Map<string, [AskedTopic, Map<number, AskedPartition>]>()
  for (const topic of topics) {
    const name = `${topic.topicId}/${topic.topic}`
    const [, partitions] = byName.get(name) ?? [topic, new Map<number, AskedPartition>()]
    for (const one of topic.partitions) partitions.set(one.partition, one)
    byName.set(name, [topic, partitions])
  }
  return Array.from(byName.values(), ([topic, partitions]) => ({
    ...topic,
    partitions: [...partitions.values()],
  }))
}
