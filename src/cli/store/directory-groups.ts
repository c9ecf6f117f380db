import { DuramenError } from '../../errors.js'
import {
  type GroupCoordinator,
  offsetsPartition,
  type RecordedGroup,
  readGroups,
} from '../../group/index.js'
import { closeAll, openTopic, partitionPath, TopicCatalog } from '../../topic/index.js'
import { isOwned } from '../../topic/owner.js'
import { thoseThere } from '../../topic/those-there.js'
import { offsetsTopic } from '../../topic/topic-name.js'
import { openEngine } from '../open-engine.js'
import type { Context } from '../verb.js'
import { freeGroup } from './free-group.js'
import type { Committed, DescribedGroup, GroupStore } from './store.js'

/** The groups of a data directory; looking works beside the process that leads them. */
export class DirectoryGroups implements GroupStore {
  readonly #dir: string
  readonly #context: Context

  constructor(dir: string, context: Context) {
    this.#dir = dir
    this.#context = context
  }

  async list(): Promise<readonly DescribedGroup[]> {
    return this.#read(await this.#catalog())
  }

  async get(groupId: string): Promise<DescribedGroup> {
    const catalog = await this.#catalog()
    const count = catalog.find(offsetsTopic)?.partitions ?? 1
    const there = await this.#read(catalog, offsetsPartition(groupId, count))
    const found = there.find((group) => group.groupId === groupId)
    if (found !== undefined) return found
    const names = (await this.#read(catalog)).map((group) => group.groupId)
    throw new DuramenError(
      'ERR_GROUP_ID_NOT_FOUND',
      `there is no group ${groupId} in ${catalog.directory}; ${thoseThere(names)}`,
    )
  }

  #catalog(): Promise<TopicCatalog> {
    return TopicCatalog.open(this.#dir, { readOnly: true })
  }

  async #read(catalog: TopicCatalog, partition?: number): Promise<DescribedGroup[]> {
    if (catalog.find(offsetsTopic) === undefined) return []
    // Members of a group that no process leads would be the first thing it loses.
    const isLed = await isOwned(partitionPath(this.#dir, offsetsTopic, 0))
    const log = { readOnly: true }
    const { logs } = await openTopic(catalog.directory, offsetsTopic, { partition, log })
    try {
      const { note, signal } = this.#context
      const { groups, skipped } = await readGroups(logs, signal)
      for (const { message } of skipped) note(`${message}; it was passed over`)
      return groups.map((group) => described(group, isLed))
    } finally {
      await closeAll(logs)
    }
  }

  commit(groupId: string, offsets: readonly Committed[]): Promise<void> {
    return this.#lead(groupId, async (coordinator) => {
      const results = await coordinator.commitOffsets({ groupId, offsets })
      for (const { error } of results) if (error !== undefined) throw error
    })
  }

  async delete(groupId: string): Promise<void> {
    // Before anything is written there.
    await this.get(groupId)
    await this.#lead(groupId, (coordinator) => coordinator.delete(groupId))
  }

  /** Leads the groups, once that one has no members. */
  async #lead(
    groupId: string,
    act: (coordinator: GroupCoordinator) => Promise<void>,
  ): Promise<void> {
    const engine = await openEngine(this.#dir)
    try {
      const coordinator = await engine.groups()
      await freeGroup(coordinator, groupId)
      await act(coordinator)
    } finally {
      await engine.close()
    }
  }
}

function described({ groupId, stored, offsets }: RecordedGroup, isLed: boolean): DescribedGroup {
  const members = isLed ? (stored?.members ?? []) : []
  return {
    groupId,
    state: members.length > 0 ? 'Stable' : 'Empty',
    generation: stored?.generation ?? 0,
    protocolName: stored?.protocolName ?? '',
    members,
    offsets: offsets.map(([topic, partition, { offset }]) => ({ topic, partition, offset })),
  }
}
