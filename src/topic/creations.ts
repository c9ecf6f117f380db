import { changedOverrides } from '../config/topic-config.js'
import { DuramenError } from '../errors.js'
import type { CatalogEntries, CatalogEntry, Topic } from './catalog-file.js'
import { checkNone, checkPartitions, topicExists } from './catalog-refusals.js'
import type { NewTopic } from './changes.js'
import { checkVacant } from './partition-directory.js'
import { checkCollision, checkTopicName, unifiedName } from './topic-name.js'
import { isUuid, newUuid } from './uuid.js'

/** A topic that is to be made. */
export interface Creation {
  readonly name: string
  readonly options: NewTopic
}

export interface Planned {
  /** With those that are made. */
  readonly entries: CatalogEntries
  /** For each creation the topic, or why it is none. */
  readonly outcomes: readonly PromiseSettledResult<Topic>[]
}

/** What becomes of a catalog by topics that are made together. */
export async function plannedTopics(
  directory: string,
  before: CatalogEntries,
  creations: readonly Creation[],
): Promise<Planned> {
  const plan = new Plan(directory, before)
  const outcomes: PromiseSettledResult<Topic>[] = []
  for (const creation of creations) {
    const [outcome] = await Promise.allSettled([plan.add(creation)])
    outcomes.push(outcome)
  }
  return { entries: plan.entries, outcomes }
}

/** Knows what is there by all that a new topic must differ in. */
class Plan {
  readonly entries: Map<string, CatalogEntry>
  readonly #directory: string
  readonly #unified = new Map<string, string>()
  readonly #ids = new Map<string, CatalogEntry>()

  constructor(directory: string, before: CatalogEntries) {
    this.#directory = directory
    this.entries = new Map(before)
    for (const entry of before.values()) this.#know(entry)
  }

  async add({ name, options }: Creation): Promise<Topic> {
    const { partitions = 1, config = {}, id = newUuid(), validateOnly, ...others } = options
    checkTopicName(name)
    checkNone(others)
    const there = this.entries.get(name)
    if (there !== undefined) throw topicExists(there)
    checkCollision(name, this.#unified)
    checkPartitions(partitions, 1)
    this.#checkId(id)
    const topic = { name, id, partitions, config: changedOverrides({}, config) }
    await checkVacant(this.#directory, name, partitions)
    if (!validateOnly) {
      this.entries.set(name, topic)
      this.#know(topic)
    }
    return topic
  }

  #know(entry: CatalogEntry): void {
    this.#unified.set(unifiedName(entry.name), entry.name)
    this.#ids.set(entry.id, entry)
  }

  #checkId(id: string): void {
    if (!isUuid(id)) {
      throw new DuramenError(
        'ERR_INVALID_ARGUMENT',
        `'${id}' cannot be the id of a topic; give 22 characters of base64url for 128 bits`,
      )
    }
    const other = this.#ids.get(id)
    if (other !== undefined) throw topicExists(other)
  }
}
