// A process that does nothing but be a member, and waits for nothing else: 'stable' has what it asked
// for; 'waiting' waits for a member that never joins again.
import { join } from 'node:path'
import { assignors, consumerProtocol, GroupCoordinator } from '../../dist/group/index.js'
import { PartitionLog } from '../../dist/log/index.js'

const [, , directory, mode] = process.argv
const open = (partition) => PartitionLog.open(join(directory, `__consumer_offsets-${partition}`))
const coordinator = new GroupCoordinator({ partitions: 1, open })
const request = {
  groupId: 'g',
  protocolType: 'consumer',
  protocols: [consumerProtocol(assignors.get('range'), ['clicks'])],
  sessionTimeoutMs: 600_000,
  rebalanceTimeoutMs: mode === 'waiting' ? 200 : 600_000,
}
const { memberId, generation } = await coordinator.join(request)
await coordinator.sync({ groupId: 'g', memberId, generation, assignments: [] })
if (mode === 'waiting') console.log(`generation ${(await coordinator.join(request)).generation}`)
else console.log(`generation ${generation}`)
