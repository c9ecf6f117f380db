import type { PartitionLog } from '../../log/index.js'
import { errorCodes } from '../../protocol/index.js'
import { Refusal } from '../error-code.js'

/**
 * Whether a client knows the leader that it asks, as all do that name an epoch; -1 names none.
 *
 * @throws Refusal FENCED_LEADER_EPOCH where its metadata is older, UNKNOWN_LEADER_EPOCH where it is newer
 */
export function checkLeaderEpoch({ leaderEpoch }: PartitionLog, known: number): void {
  if (known === -1 || known === leaderEpoch) return
  const errorCode =
    known < leaderEpoch ? errorCodes.fencedLeaderEpoch : errorCodes.unknownLeaderEpoch
  throw new Refusal(errorCode, `the leader epoch is ${leaderEpoch}, and not ${known}`)
}
