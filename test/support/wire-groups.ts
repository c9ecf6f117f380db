import {
  assignMembers,
  assignors,
  consumerProtocol,
  decodeAssignment,
} from '../../src/group/index.js'
import { apis, type RequestInput, type ResponseOf } from '../../src/protocol/index.js'
import type { WireClient } from './wire-client.js'

type JoinInput = RequestInput<typeof apis.joinGroup>
export type Joined = ResponseOf<typeof apis.joinGroup>

/** What a consumer of `clicks` joins the group `billing` with; a test says only what it cares for. */
export function joining(more: Partial<JoinInput> = {}): JoinInput {
  return {
    groupId: 'billing',
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 60_000,
    memberId: '',
    protocolType: 'consumer',
    protocols: [consumerProtocol(assignors.get('range')!, ['clicks'])],
    ...more,
  }
}

/** Joins, twice where the first answer is the id to join with. */
export async function join(
  client: WireClient,
  more: Partial<JoinInput> = {},
  version?: number,
): Promise<Joined> {
  const first = await client.ask(apis.joinGroup, joining(more), version)
  if (first.errorCode !== 79) return first
  const { memberId } = first
  return client.ask(apis.joinGroup, joining({ ...more, memberId }), version)
}

/** Gets the member's assignment, or as the leader makes everybody's: partitions of `clicks`. */
export async function sync(
  client: WireClient,
  joined: Joined,
  partitions = 4,
  more: Partial<RequestInput<typeof apis.syncGroup>> = {},
) {
  const { memberId, generationId, members, protocolType, protocolName } = joined
  const assignor = assignors.get(protocolName ?? '')!
  const counts = new Map([['clicks', partitions]])
  const answer = await client.ask(apis.syncGroup, {
    ...{ groupId: 'billing', generationId, memberId, protocolType, protocolName },
    assignments: assignMembers(assignor, members, counts),
    ...more,
  })
  const assigned = decodeAssignment(answer.assignment).partitions.get('clicks') ?? []
  return { ...answer, partitions: assigned }
}

/** How a heartbeat is answered. */
export async function heartbeat(
  client: WireClient,
  { memberId, generationId }: Pick<Joined, 'memberId' | 'generationId'>,
  version?: number,
): Promise<number> {
  const beat = { groupId: 'billing', memberId, generationId }
  return (await client.ask(apis.heartbeat, beat, version)).errorCode
}

/** A member that joins and syncs until the group is stable, as a consumer does; then it only waits. */
export class WireMember {
  readonly client: WireClient
  joined: Joined | undefined
  partitions: readonly number[] = []

  constructor(client: WireClient) {
    this.client = client
  }

  async joinUntilStable(partitions = 4, version?: number): Promise<void> {
    for (;;) {
      const memberId = this.joined?.memberId ?? ''
      this.joined = await join(this.client, { memberId }, version)
      if (this.joined.errorCode !== 0) throw new Error(`join: ${this.joined.errorCode}`)
      const synced = await sync(this.client, this.joined, partitions)
      this.partitions = synced.partitions
      if (synced.errorCode === 0) return
      if (synced.errorCode !== 27) throw new Error(`sync: ${synced.errorCode}`)
    }
  }

  /** Joins again as often as its heartbeats say so; resolves at a heartbeat that says all is well. */
  async settle(partitions = 4): Promise<void> {
    if (this.joined === undefined) await this.joinUntilStable(partitions)
    while ((await heartbeat(this.client, this.joined as Joined)) === 27) {
      await this.joinUntilStable(partitions)
    }
  }
}
