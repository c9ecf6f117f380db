import { type Assignor, byTopic, give, inOrder, nothingFor } from './assignor.js'

/**
 * Each topic on its own: its subscribers get neighbouring partitions in turn, the first of them one
 * more where it does not come out even. Topics with as many partitions are divided alike, so that the
 * same key of two topics is with the same member.
 */
export const rangeAssignor: Assignor = {
  name: 'range',
  rebalance: 'eager',
  userData: () => null,
  assign(partitionCounts, subscribers) {
    const assignment = nothingFor(subscribers)
    for (const [topic, members] of byTopic(inOrder(subscribers))) {
      const count = partitionCounts.get(topic) ?? 0
      const each = Math.floor(count / members.length)
      const withOneMore = count % members.length
      let next = 0
      members.forEach(({ memberId }, i) => {
        const end = next + each + (i < withOneMore ? 1 : 0)
        for (; next < end; next++) give(assignment, memberId, topic, next)
      })
    }
    return assignment
  },
}
