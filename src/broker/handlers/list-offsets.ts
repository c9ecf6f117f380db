import { epochAt, type PartitionLog } from '../../log/index.js'
import { apis, errorCodes, type RequestOf, type ResponseInput } from '../../protocol/index.js'
import { errorCodeOf, Refusal } from '../error-code.js'
import { type Host, handler } from '../handler.js'
import { tellStorageFault } from '../storage-faults.js'
import { checkLeaderEpoch } from './leader-epoch.js'

type Request = RequestOf<typeof apis.listOffsets>
type Asked = Request['topics'][number]['partitions'][number]
type Answer = ResponseInput<typeof apis.listOffsets>['topics'][number]['partitions'][number]
type Found = Pick<Answer, 'timestamp' | 'offset' | 'leaderEpoch'>

/** What stands in the place of a timestamp, and since which version it may. */
const latest = -1
const earliest = -2
const maxTimestamp = -3
const earliestLocal = -4
const since: { readonly [timestamp: number]: number } = {
  [latest]: 1,
  [earliest]: 1,
  [maxTimestamp]: 7,
  [earliestLocal]: 8,
}

interface Query {
  readonly version: number
  readonly isCommitted: boolean
}

export const listOffsetsHandler = handler(
  apis.listOffsets,
  async ({ topics, isolationLevel }, { version }, host) => {
    const isRepeated = repeatedOf(topics)
    const query = { version, isCommitted: isolationLevel === 1 }
    const answers = topics.map(async ({ name, partitions }) => ({
      name,
      partitions: await Promise.all(
        partitions.map((asked) =>
          isRepeated(name, asked.partitionIndex)
            ? { partitionIndex: asked.partitionIndex, errorCode: errorCodes.invalidRequest }
            : answerTo(host, name, asked, query),
        ),
      ),
    }))
    return { topics: await Promise.all(answers) }
  },
)

/** Which partitions are asked for more than once: that is refused. */
function repeatedOf(topics: Request['topics']): (topic: string, partition: number) => boolean {
  const seen = new Set<string>()
  const repeated = new Set<string>()
  for (const { name, partitions } of topics) {
    for (const { partitionIndex } of partitions) {
      const key = `${name}-${partitionIndex}`
      if (seen.has(key)) repeated.add(key)
      seen.add(key)
    }
  }
  return (topic, partition) => repeated.size > 0 && repeated.has(`${topic}-${partition}`)
}

async function answerTo(
  { engine, problems }: Host,
  topic: string,
  { partitionIndex, currentLeaderEpoch, timestamp }: Asked,
  query: Query,
): Promise<Answer> {
  try {
    checkMeaning(timestamp, query.version)
    const log = await engine.log(topic, partitionIndex)
    checkLeaderEpoch(log, currentLeaderEpoch)
    const found = await search(log, timestamp, query)
    return { partitionIndex, errorCode: errorCodes.none, ...found }
  } catch (error) {
    tellStorageFault(error, `${topic}-${partitionIndex}`, problems)
    return { partitionIndex, errorCode: errorCodeOf(error) }
  }
}

function checkMeaning(timestamp: number, version: number): void {
  if (timestamp >= 0 || version >= (since[timestamp] ?? Number.POSITIVE_INFINITY)) return
  throw new Refusal(errorCodes.unsupportedVersion, `${timestamp} means nothing in v${version}`)
}

/** Nothing where there is no such record. */
async function search(
  log: PartitionLog,
  timestamp: number,
  { isCommitted }: Query,
): Promise<Found> {
  const { logStartOffset, highWatermark, lastStableOffset } = log.offsets
  const end = isCommitted ? lastStableOffset : highWatermark
  if (timestamp === latest) return { offset: end, leaderEpoch: log.leaderEpoch }
  if (timestamp === earliest || timestamp === earliestLocal) {
    return { offset: logStartOffset, leaderEpoch: epochAt(log.leaderEpochs(), logStartOffset) }
  }
  // Java's largest number stands for the end of all times.
  if (!Number.isSafeInteger(timestamp)) return {}
  const found =
    timestamp === maxTimestamp ? await log.maxTimestamp() : await log.offsetForTimestamp(timestamp)
  return found === null || found.offset >= end ? {} : found
}
