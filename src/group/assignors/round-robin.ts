import { type Assignor, byTopic, give, inOrder, nothingFor } from './assignor.js'

/** All partitions of all topics go around the members, each to the next one that subscribes to it. */
export const roundRobinAssignor: Assignor = {
  name: 'roundrobin',
  rebalance: 'eager',
  userData: () => null,
  assign(partitionCounts, subscribers) {
    const assignment = nothingFor(subscribers)
    const members = inOrder(subscribers)
    let next = 0
    for (const [topic, subscribed] of byTopic(members)) {
      const takers = new Set(subscribed)
      for (let partition = 0; partition < (partitionCounts.get(topic) ?? 0); partition++) {
        while (!takers.has(members[next])) next = (next + 1) % members.length
        give(assignment, members[next].memberId, topic, partition)
        next = (next + 1) % members.length
      }
    }
    return assignment
  },
}
