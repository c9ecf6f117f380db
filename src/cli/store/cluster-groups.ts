import {
  type ClusterClient,
  commitOffsets,
  committedOffsets,
  deleteGroup,
  findGroup,
  listGroups,
} from '../../client/index.js'
import { DuramenError } from '../../errors.js'
import { notEmpty } from '../../group/index.js'
import { thoseThere } from '../../topic/those-there.js'
import type { Committed, DescribedGroup, GroupStore, GroupSummary } from './store.js'

/** The groups of a cluster of brokers. */
export class ClusterGroups implements GroupStore {
  readonly #cluster: ClusterClient

  constructor(cluster: ClusterClient) {
    this.#cluster = cluster
  }

  list(): Promise<readonly GroupSummary[]> {
    return listGroups(this.#cluster)
  }

  async get(groupId: string): Promise<DescribedGroup> {
    const found = await findGroup(this.#cluster, groupId)
    if (found === undefined) {
      const names = (await this.list()).map((group) => group.groupId)
      const message = `there is no group ${groupId}; ${thoseThere(names)}`
      throw new DuramenError('ERR_GROUP_ID_NOT_FOUND', message)
    }
    return { ...found, generation: null, offsets: await committedOffsets(this.#cluster, groupId) }
  }

  async commit(groupId: string, offsets: readonly Committed[]): Promise<void> {
    const group = await findGroup(this.#cluster, groupId)
    if ((group?.members?.length ?? 0) > 0) throw notEmpty(groupId)
    await commitOffsets(this.#cluster, groupId, offsets)
  }

  async delete(groupId: string): Promise<void> {
    await this.get(groupId)
    await deleteGroup(this.#cluster, groupId)
  }
}
