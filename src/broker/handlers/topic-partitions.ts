import type { Engine } from '../../engine.js'

interface Place {
  readonly topic: string
  readonly partition: number
}

/** Whether there is such a partition. */
export function isThere(engine: Engine, { topic, partition }: Place): boolean {
  return partition >= 0 && partition < (engine.findTopic(topic)?.partitions ?? 0)
}

/** What is said of single partitions, by topics in the order in which these come: as answers have it. */
export function byTopic<T extends Place, Answer>(
  places: readonly T[],
  answerTo: (place: T) => Answer,
): { name: string; partitions: Answer[] }[] {
  const topics = new Map<string, Answer[]>()
  for (const place of places) {
    const known = topics.get(place.topic)
    const answer = answerTo(place)
    if (known === undefined) topics.set(place.topic, [answer])
    else known.push(answer)
  }
  return Array.from(topics, ([name, partitions]) => ({ name, partitions }))
}
