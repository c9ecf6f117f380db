// Groups of consumers, and topics of many partitions: how long they wait.
const file = (/** @type {string} */ name) => `engine/${name}`

/**
 * @param {string} assignor
 * @param {number} topics
 * @returns {import('../lib/runner.mjs').CaseEntry}
 */
function rebalance(assignor, topics) {
  return {
    name: rebalanceName(assignor, topics),
    file: file('rebalance.mjs'),
    needs: ['engine'],
    params: { assignor, topics },
  }
}

/**
 * @param {string} assignor
 * @param {number} topics
 */
function rebalanceName(assignor, topics) {
  return `${assignor}, ${topics} ${topics === 1 ? 'topic' : 'topics'}`
}

const assignorNames = ['range', 'roundrobin', 'sticky', 'cooperative-sticky']
const topicCounts = [1, 1000]

/** @type {import('../lib/runner.mjs').Group[]} */
export const coordinator = [
  {
    name: 'rebalance',
    title: '100 members over 1,000 partitions, policy sync: from join to assigned of all',
    sizes: {
      smoke: { members: 10, partitions: 1000 },
      quick: { members: 100, partitions: 1000 },
      full: { members: 100, partitions: 1000 },
    },
    repeats: { quick: 2 },
    cases: assignorNames.flatMap((name) => topicCounts.map((topics) => rebalance(name, topics))),
    expect: assignorNames.flatMap((name) =>
      topicCounts.flatMap((topics) =>
        ['forms', 'grows from one'].map((label) => ({
          of: `${rebalanceName(name, topics)} / ${label}`,
          metric: /** @type {const} */ ('seconds'),
          want: /** @type {const} */ ('below'),
          floor: 1,
        })),
      ),
    ),
  },
  {
    name: 'load-offsets',
    title: 'loading committed offsets from one partition of __consumer_offsets',
    sizes: {
      smoke: { commits: 20_000 },
      quick: { commits: 1_000_000 },
      full: { commits: 1_000_000 },
    },
    repeats: { quick: 1 },
    cases: [
      ['1,000 keys', 10],
      ['as many keys as commits', 10_000],
    ].map(([name, groups]) => ({
      name: `${name}`,
      file: file('load-offsets.mjs'),
      needs: ['engine'],
      params: { groups },
    })),
  },
  {
    name: 'partitions',
    title: 'many partitions, policy sync: a topic is made, all its logs are opened and closed',
    sizes: {
      smoke: { partitions: 50 },
      quick: { partitions: 10_000 },
      full: { partitions: 10_000 },
    },
    repeats: { quick: 1 },
    cases: [{ name: 'one topic', file: file('partitions.mjs'), needs: ['engine'] }],
    expect: ['opened, closed before', 'opened, killed before'].map((label) => ({
      of: `one topic / ${label}`,
      metric: /** @type {const} */ ('seconds'),
      want: /** @type {const} */ ('below'),
      floor: 5,
    })),
  },
]
