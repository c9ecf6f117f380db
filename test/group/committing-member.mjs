// Joins a group and commits until it is killed; prints `partition offset;` once a commit is
// acknowledged. Each offset is larger than those before it, of earlier runs as well.
import { writeSync } from 'node:fs'
import { join } from 'node:path'
import { assignors, consumerProtocol, GroupCoordinator } from '../../dist/group/index.js'
import { PartitionLog } from '../../dist/log/index.js'

const [, , directory, flush] = process.argv
const open = (partition) =>
  PartitionLog.open(join(directory, `__consumer_offsets-${partition}`), {
    flush,
    segmentBytes: 65_536,
  })
const coordinator = new GroupCoordinator({ partitions: 4, open })
const groupId = 'killed'
const joined = await coordinator.join({
  groupId,
  protocolType: 'consumer',
  protocols: [consumerProtocol(assignors.get('range'), ['clicks'])],
  sessionTimeoutMs: 10_000,
  rebalanceTimeoutMs: 10_000,
})
const { memberId, generation } = joined
await coordinator.sync({ groupId, memberId, generation, assignments: [] })
const before = await coordinator.fetchOffsets(groupId)
let offset = Math.max(0, ...before.map((committed) => committed.offset))

async function commit(partition) {
  const mine = ++offset
  const offsets = [{ topic: 'clicks', partition, offset: mine, metadata: `${mine}` }]
  await coordinator.commitOffsets({ groupId, memberId, generation, offsets })
  writeSync(1, `${partition} ${mine};\n`)
}

for (;;) await Promise.all([commit(0), commit(1), commit(0), commit(offset % 50)])
