import { resolve } from 'node:path'
import { changedOverrides } from '../config/topic-config.js'
import { DuramenError } from '../errors.js'
import { DirectoryClaim } from '../log/directory-claim.js'
import { systemError } from '../log/files/system-error.js'
import { adopt } from './adopt.js'
import { adoptLocks } from './adopt-locks.js'
import {
  type CatalogEntries,
  type CatalogEntry,
  catalogFile,
  readCatalog,
  type Topic,
  writeCatalog,
} from './catalog-file.js'
import { checkPartitions, fixedPartitions, noTopic, otherTopic } from './catalog-refusals.js'
import type { AlterOptions, NewTopic, TopicChanges } from './changes.js'
import { type Creation, plannedTopics } from './creations.js'
import { removeLeftovers, removePartitions } from './remove-partitions.js'
import { removeTemporaries } from './replace-file.js'
import { offsetsTopic } from './topic-name.js'
import { newUuid, noUuid } from './uuid.js'

export interface CatalogOptions {
  /** Beside an owner, or without one: nothing is locked or changed. Default false. */
  readonly readOnly?: boolean
}

/** Topics that wait to be made together. */
interface Waiting {
  readonly creations: Creation[]
  readonly made: Promise<readonly PromiseSettledResult<Topic>[]>
}

/**
 * Which topics a data directory has. Whoever has its catalog open for writing owns the directory:
 * nobody else has, in this process or another. Changes are made one after the other, each durable
 * before it is seen; where one fails, everything is as before. Topics that wait to be made are
 * written together, as many as come without another change between: with 10,000 topics the file
 * takes some 20 ms.
 *
 * A topic is in the catalog before it has a directory, and until it has none any more; so a kill or
 * power cut leaves it whole or, once it was being deleted, leads to the rest being removed when the
 * catalog is opened again.
 */
export class TopicCatalog {
  readonly directory: string
  readonly #claim: DirectoryClaim | undefined
  #entries: CatalogEntries
  /** Names by ids, of the entries that there are now; made when somebody asks. */
  #names: ReadonlyMap<string, string> | undefined
  #last: Promise<unknown> = Promise.resolve()
  #creations: Waiting | undefined
  #closed: Promise<void> | undefined

  private constructor(directory: string, entries: CatalogEntries, claim?: DirectoryClaim) {
    this.directory = directory
    this.#entries = entries
    this.#claim = claim
  }

  /**
   * Opens the catalog of a directory that exists, takes in topics that it does not know yet (see
   * `adopt`), and finishes deletions that were interrupted, Kafka's too.
   *
   * @throws DuramenError `ERR_LOCKED`, `ERR_CORRUPT_CATALOG`, `ERR_CORRUPT_LOG`, `ERR_NOT_FOUND`,
   * `ERR_NOT_A_DIRECTORY`, `ERR_FOREIGN_DIRECTORY`, `ERR_ACCESS`, `ERR_READ_ONLY`, `ERR_NO_SPACE`, `ERR_IO`
   */
  static async open(
    directory: string,
    { readOnly = false }: CatalogOptions = {},
  ): Promise<TopicCatalog> {
    const path = resolve(directory)
    if (readOnly) return new TopicCatalog(path, await load(path, () => noUuid))
    await adoptLocks(path)
    const claim = await DirectoryClaim.take(path)
    try {
      const catalog = new TopicCatalog(path, await loadForWriting(path), claim)
      for (const entry of catalog.#entries.values()) {
        if (entry.deleting) await catalog.#finishDeletion(entry)
      }
      await removeLeftovers(path)
      return catalog
    } catch (error) {
      await claim.release()
      throw error
    }
  }

  /** By name. */
  list(): readonly Topic[] {
    return [...this.#entries.values()]
      .filter(({ deleting }) => !deleting)
      .sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  /** Undefined where there is no such topic, or it is being deleted. */
  find(name: string): Topic | undefined {
    const entry = this.#entries.get(name)
    return entry?.deleting ? undefined : entry
  }

  /** The same for a topic's id. */
  findById(id: string): Topic | undefined {
    this.#names ??= new Map(Array.from(this.#entries.values(), ({ id, name }) => [id, name]))
    const name = this.#names.get(id)
    return name === undefined ? undefined : this.find(name)
  }

  /** @throws DuramenError `ERR_NOT_FOUND` */
  get(name: string): Topic {
    const topic = this.find(name)
    if (topic !== undefined) return topic
    throw noTopic(
      this.directory,
      name,
      this.list().map((known) => known.name),
    )
  }

  /**
   * Its directories are made by `preparePartitions`, now or when its logs are opened.
   *
   * @throws DuramenError `ERR_TOPIC_EXISTS`, `ERR_INVALID_TOPIC`, `ERR_INVALID_PARTITIONS`,
   * `ERR_INVALID_OPTION`, `ERR_INVALID_ARGUMENT` for an id, `ERR_FOREIGN_DIRECTORY`, `ERR_NO_SPACE`, `ERR_READ_ONLY`, `ERR_CLOSED`
   */
  async create(name: string, options: NewTopic = {}): Promise<Topic> {
    const { creations, made } = this.#creations ?? this.#beginCreations()
    const place = creations.push({ name, options }) - 1
    const outcome = (await made)[place]
    if (outcome.status === 'rejected') throw outcome.reason
    return outcome.value
  }

  #beginCreations(): Waiting {
    const creations: Creation[] = []
    const made = this.#inTurn(async () => {
      if (this.#creations?.creations === creations) this.#creations = undefined
      const { entries, outcomes } = await plannedTopics(this.directory, this.#entries, creations)
      if (entries.size > this.#entries.size) await this.#replace(entries)
      return outcomes
    })
    this.#creations = { creations, made }
    return this.#creations
  }

  /**
   * Changes configurations; null takes one back to its default. A function is given the topic as it
   * is when its turn has come.
   *
   * @throws DuramenError `ERR_NOT_FOUND`, `ERR_INVALID_OPTION`, `ERR_NO_SPACE`, `ERR_READ_ONLY`, `ERR_CLOSED`
   */
  alter(
    name: string,
    changes: TopicChanges,
    { validateOnly = false }: AlterOptions = {},
  ): Promise<Topic> {
    return this.#inTurn(async () => {
      const before = this.get(name)
      const given = typeof changes === 'function' ? changes(before) : changes
      const topic = { ...before, config: changedOverrides(before.config, given) }
      return validateOnly ? topic : this.#store(topic)
    })
  }

  /**
   * Makes it `total` partitions, which must be more than it has: to which partition a key belongs
   * changes.
   *
   * @throws DuramenError `ERR_NOT_FOUND`, `ERR_INVALID_PARTITIONS`, `ERR_NO_SPACE`, `ERR_READ_ONLY`, `ERR_CLOSED`
   */
  addPartitions(
    name: string,
    total: number,
    { validateOnly = false }: AlterOptions = {},
  ): Promise<Topic> {
    return this.#inTurn(async () => {
      const before = this.get(name)
      checkPartitions(total, before.partitions + 1)
      if (name === offsetsTopic) throw fixedPartitions()
      const topic = { ...before, partitions: total }
      return validateOnly ? topic : this.#store(topic)
    })
  }

  /**
   * Deletes a topic and its records. From the call of `closeLogs` on it is not there any more; that
   * has to close its logs. With an id only the topic that has it. Where it fails the deletion is certain all the same, and finished by a
   * further call, or when the catalog is opened the next time.
   *
   * @throws DuramenError `ERR_NOT_FOUND`, `ERR_NO_SPACE`, `ERR_READ_ONLY`, `ERR_CLOSED`, and what `closeLogs` throws
   */
  delete(
    name: string,
    closeLogs: () => Promise<void> = async () => {},
    id?: string,
  ): Promise<void> {
    return this.#inTurn(async () => {
      const entry = this.#entries.get(name) ?? this.get(name)
      if (id !== undefined && entry.id !== id) throw otherTopic(entry, id)
      if (!('deleting' in entry)) await this.#store({ ...entry, deleting: true })
      await closeLogs()
      await this.#finishDeletion(entry)
    })
  }

  /** Lets go of the directory, once what was begun has ended. Logs that are open stay open. */
  close(): Promise<void> {
    this.#creations = undefined
    this.#closed ??= this.#last.then(() => this.#claim?.release())
    return this.#closed
  }

  async #finishDeletion(topic: Topic): Promise<void> {
    await removePartitions(this.directory, topic)
    await this.#claim?.forget(topic.name)
    const others = new Map(this.#entries)
    others.delete(topic.name)
    await this.#replace(others)
  }

  async #store(entry: CatalogEntry): Promise<Topic> {
    await this.#replace(new Map(this.#entries).set(entry.name, entry))
    return entry
  }

  async #replace(entries: CatalogEntries): Promise<void> {
    try {
      await writeCatalog(this.directory, entries)
      this.#entries = entries
      this.#names = undefined
    } catch (error) {
      // The new content may have taken the name, and only the directory's sync have failed.
      await writeCatalog(this.directory, this.#entries).catch(() => {})
      throw error
    }
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed) throw new DuramenError('ERR_CLOSED', 'the catalog is closed; open it again')
    if (this.#claim === undefined) {
      throw new DuramenError(
        'ERR_READ_ONLY',
        'the catalog was opened read-only; open it for writing',
      )
    }
    this.#creations = undefined
    const done = this.#last.then(work)
    this.#last = done.catch(() => {})
    return done
  }
}

async function load(directory: string, newId: () => string): Promise<CatalogEntries> {
  return adopt(directory, (await readCatalog(directory)) ?? new Map(), newId)
}

async function loadForWriting(directory: string): Promise<CatalogEntries> {
  await removeTemporaries(directory, catalogFile).catch((error) => {
    throw systemError(error, directory)
  })
  const before = await readCatalog(directory)
  const entries = await adopt(directory, before ?? new Map(), newUuid)
  if (entries !== before) await writeCatalog(directory, entries)
  return entries
}
