// A group forms, and then all but one of its members are replaced: from join to assigned of all.
import { join } from 'node:path'
import {
  assignMembers,
  assignors,
  consumerProtocol,
  decodeAssignment,
  GroupCoordinator,
} from '../../dist/group/index.js'
import { openLog } from './log.mjs'

/** @typedef {import('../../dist/group/index.js').TopicPartitions} TopicPartitions */
/** @typedef {{ memberId: string, generation: number, owned: TopicPartitions }} Member */

const groupId = 'group'

/** @param {string} name */
function assignorOf(name) {
  const assignor = assignors.get(name)
  if (assignor === undefined) throw new Error(`there is no assignor ${name}`)
  return assignor
}

/** @returns {Member} */
const newcomer = () => ({ memberId: '', generation: -1, owned: new Map() })

/** @type {import('../lib/trial.mjs').Case} */
export async function run(trial) {
  const { members: count, topics, partitions, assignor: name } = trial.params
  const log = await openLog(join(trial.directory, '__consumer_offsets-0'), { flush: 'sync' })
  const coordinator = new GroupCoordinator({ partitions: 1, open: async () => log })
  await coordinator.load()
  const counts = new Map(
    Array.from({ length: topics }, (_, i) => [`topic-${i}`, partitions / topics]),
  )
  const assignor = assignorOf(name)
  const members = Array.from({ length: count }, newcomer)
  const round = () => Promise.all(members.map((member) => assigned(member)))

  /** @param {Member} member */
  async function assigned(member) {
    for (;;) {
      try {
        return await joined(member)
      } catch (error) {
        const { code } = /** @type {{ code?: string }} */ (error)
        if (code !== 'ERR_REBALANCE_IN_PROGRESS') throw error
      }
    }
  }

  /** @param {Member} member */
  async function joined(member) {
    const { memberId, owned, generation } = member
    const answer = await coordinator.join({
      ...{ groupId, memberId, clientId: 'c', protocolType: 'consumer' },
      protocols: [consumerProtocol(assignor, [...counts.keys()], owned, generation)],
      ...{ sessionTimeoutMs: 45_000, rebalanceTimeoutMs: 60_000 },
    })
    member.memberId = answer.memberId
    const assignments =
      answer.members.length > 0 ? assignMembers(assignor, answer.members, counts) : []
    const { assignment } = await coordinator.sync({ groupId, ...answer, assignments })
    member.generation = answer.generation
    member.owned = decodeAssignment(assignment).partitions
  }

  await trial.span(round)
  await trial.done({ records: count, label: 'forms' })
  const gone = members.splice(1).map(({ memberId }) => ({ memberId }))
  await coordinator.leave({ groupId, members: gone })
  await round()
  for (let i = 1; i < count; i++) members.push(newcomer())
  await trial.span(round)
  await trial.done({ records: count, label: 'grows from one' })
  // The cooperative way takes a second round, and only then is everything assigned.
  if (assignor.rebalance === 'cooperative') await round()
  const all = members.flatMap(({ owned }) => [...owned.values()].flat())
  trial.same('assigned partitions', all.length, partitions)
  await coordinator.close()
  await log.close()
}
