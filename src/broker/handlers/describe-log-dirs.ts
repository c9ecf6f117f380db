import { statfs } from 'node:fs/promises'
import type { Engine } from '../../engine.js'
import { apis, errorCodes, type RequestOf } from '../../protocol/index.js'
import { inChunks } from '../../topic/partition-directory.js'
import { handler } from '../handler.js'

type Asked = RequestOf<typeof apis.describeLogDirs>

/** There is one directory. Logs that are closed stay so. */
export const describeLogDirsHandler = handler(
  apis.describeLogDirs,
  async ({ topics }, _call, { engine }) => {
    const { bsize, blocks, bavail } = await statfs(engine.directory)
    const directory = {
      errorCode: errorCodes.none,
      logDir: engine.directory,
      topics: await sizes(engine, topics),
      totalBytes: bsize * blocks,
      usableBytes: bsize * bavail,
    }
    return { errorCode: errorCodes.none, results: [directory] }
  },
)

/** Nothing is said of partitions that there are not. */
async function sizes(engine: Engine, asked: Asked['topics']) {
  const topics = []
  for (const { topic: name, partitions } of asked ?? everything(engine)) {
    const count = engine.findTopic(name)?.partitions ?? 0
    const known = [...new Set(partitions)].filter((number) => number >= 0 && number < count)
    if (known.length === 0) continue
    topics.push({ name, partitions: await partitionSizes(engine, name, known) })
  }
  return topics
}

function partitionSizes(engine: Engine, topic: string, numbers: readonly number[]) {
  return inChunks(numbers, async (partition) => ({
    partitionIndex: partition,
    partitionSize: await engine.partitionBytes({ topic, partition }),
    offsetLag: 0,
    isFutureKey: false,
  }))
}

function everything(engine: Engine): NonNullable<Asked['topics']> {
  return engine.topics().map(({ name, partitions }) => ({
    topic: name,
    partitions: Array.from({ length: partitions }, (_, number) => number),
  }))
}
