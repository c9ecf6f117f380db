import { DuramenError } from '../errors.js'
import {
  offsetsPartition,
  type RecordedGroup,
  readGroups,
  type StoredMember,
} from '../group/index.js'
import type { PartitionLog } from '../log/index.js'
import { closeAll, openTopic, partitionPath, TopicCatalog } from '../topic/index.js'
import { isOwned } from '../topic/owner.js'
import { thoseThere } from '../topic/those-there.js'
import { offsetsTopic } from '../topic/topic-name.js'
import type { Context } from './verb.js'

/** A group, as far as the files tell. */
export interface SeenGroup extends Omit<RecordedGroup, 'stored'> {
  readonly state: 'Empty' | 'Stable'
  /** How many generations it has had. */
  readonly generation: number
  /** The assignor; empty where there is none. */
  readonly protocolName: string
  /** Nobody where no process leads the group: it would be the first thing they lose. */
  readonly members: readonly StoredMember[]
}

/** Reads groups of a data directory, also beside the process that leads them. */
export class GroupReader {
  readonly catalog: TopicCatalog
  readonly #context: Context
  readonly #isLed: boolean

  private constructor(catalog: TopicCatalog, isLed: boolean, context: Context) {
    this.catalog = catalog
    this.#isLed = isLed
    this.#context = context
  }

  /** @throws DuramenError as `TopicCatalog.open` */
  static async open(dir: string, context: Context): Promise<GroupReader> {
    const catalog = await TopicCatalog.open(dir, { readOnly: true })
    const isLed = await isOwned(partitionPath(dir, offsetsTopic, 0))
    return new GroupReader(catalog, isLed, context)
  }

  /** By name. */
  async list(): Promise<SeenGroup[]> {
    return this.#read()
  }

  /** @throws DuramenError `ERR_GROUP_ID_NOT_FOUND` */
  async get(groupId: string): Promise<SeenGroup> {
    const topic = this.catalog.find(offsetsTopic)
    const number = offsetsPartition(groupId, topic?.partitions ?? 1)
    const found = (await this.#read(number)).find((group) => group.groupId === groupId)
    if (found !== undefined) return found
    const names = (await this.#read()).map((group) => group.groupId)
    throw new DuramenError(
      'ERR_GROUP_ID_NOT_FOUND',
      `there is no group ${groupId} in ${this.catalog.directory}; ${thoseThere(names)}`,
    )
  }

  async #read(partition?: number): Promise<SeenGroup[]> {
    if (this.catalog.find(offsetsTopic) === undefined) return []
    const log = { readOnly: true }
    const { logs } = await openTopic(this.catalog.directory, offsetsTopic, { partition, log })
    try {
      return await this.#readFrom(logs)
    } finally {
      await closeAll(logs)
    }
  }

  async #readFrom(logs: readonly PartitionLog[]): Promise<SeenGroup[]> {
    const { note, signal } = this.#context
    const { groups, skipped } = await readGroups(logs, signal)
    for (const { message } of skipped) note(`${message}; it was passed over`)
    return groups.map(({ groupId, stored, offsets }) => {
      const members = this.#isLed ? (stored?.members ?? []) : []
      const state = members.length > 0 ? 'Stable' : 'Empty'
      const { generation = 0, protocolName } = stored ?? {}
      return { groupId, state, generation, protocolName: protocolName ?? '', members, offsets }
    })
  }
}
