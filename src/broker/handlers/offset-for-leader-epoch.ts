import type { Engine } from '../../engine.js'
import { epochEnd } from '../../log/index.js'
import { apis, errorCodes, type RequestOf, type ResponseInput } from '../../protocol/index.js'
import { errorCodeOf } from '../error-code.js'
import { handler } from '../handler.js'
import { checkLeaderEpoch } from './leader-epoch.js'

type Request = RequestOf<typeof apis.offsetForLeaderEpoch>
type Asked = Request['topics'][number]['partitions'][number]
type Answer = ResponseInput<
  typeof apis.offsetForLeaderEpoch
>['topics'][number]['partitions'][number]

/** Where an epoch ends: a consumer whose position lies behind that has read what is gone (KIP-320). */
export const offsetForLeaderEpochHandler = handler(
  apis.offsetForLeaderEpoch,
  async ({ topics }, _call, { engine }) => ({
    topics: await Promise.all(
      topics.map(async ({ topic, partitions }) => ({
        topic,
        partitions: await Promise.all(partitions.map((asked) => answerTo(engine, topic, asked))),
      })),
    ),
  }),
)

async function answerTo(
  engine: Engine,
  topic: string,
  { partition, currentLeaderEpoch, leaderEpoch }: Asked,
): Promise<Answer> {
  try {
    const log = await engine.log(topic, partition)
    checkLeaderEpoch(log, currentLeaderEpoch)
    const end = epochEnd(log.leaderEpochs(), leaderEpoch, log.logEndOffset)
    return { partition, errorCode: errorCodes.none, ...end }
  } catch (error) {
    return { partition, errorCode: errorCodeOf(error) }
  }
}
