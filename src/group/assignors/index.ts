import type { Assignor } from './assignor.js'
import { cooperativeStickyAssignor } from './cooperative-sticky.js'
import { rangeAssignor } from './range.js'
import { roundRobinAssignor } from './round-robin.js'
import { stickyAssignor } from './sticky.js'

export type { AssignedPartitions, Assignor, PartitionCounts, Subscriber } from './assignor.js'

/** All there are, by name. */
export const assignors: ReadonlyMap<string, Assignor> = new Map(
  [rangeAssignor, roundRobinAssignor, stickyAssignor, cooperativeStickyAssignor].map((assignor) => [
    assignor.name,
    assignor,
  ]),
)
