// Loading committed offsets from one partition of __consumer_offsets.
import { join } from 'node:path'
import { GroupCoordinator } from '../../dist/group/index.js'
import { openLog } from './log.mjs'

const TOPIC_PARTITIONS = 100
const PER_COMMIT = 10

/** @type {import('../lib/trial.mjs').Case} */
export async function run(trial) {
  const { commits } = trial.params
  const groups = Math.min(trial.params.groups, commits / TOPIC_PARTITIONS)
  const log = await openLog(join(trial.directory, '__consumer_offsets-0'), { flush: 'os' })
  const logs = { partitions: 1, open: async () => log }
  await commitAll(new GroupCoordinator(logs), commits, groups)
  const coordinator = new GroupCoordinator(logs)
  const [report] = await trial.span(() => coordinator.load())
  await trial.done({ records: commits })
  trial.same('records', report.records, commits)
  const committed = await coordinator.fetchOffsets('group-1')
  const rounds = commits / (groups * TOPIC_PARTITIONS)
  trial.same('partitions', committed.length, TOPIC_PARTITIONS)
  trial.same('last offset', committed.at(-1)?.offset, rounds - 1)
  await coordinator.close()
  await log.close()
}

/**
 * Every group commits for all partitions, ten at a time, as often as it takes.
 * @param {GroupCoordinator} coordinator
 * @param {number} commits
 * @param {number} groups
 */
async function commitAll(coordinator, commits, groups) {
  for (let done = 0, offset = 0; done < commits; offset++) {
    for (let group = 0; group < groups; group++) {
      for (let first = 0; first < TOPIC_PARTITIONS; first += PER_COMMIT, done += PER_COMMIT) {
        const offsets = Array.from({ length: PER_COMMIT }, (_, i) => ({
          ...{ topic: 'a-topic', partition: first + i, offset },
        }))
        await coordinator.commitOffsets({ groupId: `group-${group}`, offsets })
      }
    }
  }
  await coordinator.close()
}
