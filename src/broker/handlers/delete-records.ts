import type { Engine } from '../../engine.js'
import { apis, errorCodes } from '../../protocol/index.js'
import { errorCodeOf, Refusal } from '../error-code.js'
import { handler } from '../handler.js'

export const deleteRecordsHandler = handler(
  apis.deleteRecords,
  async ({ topics }, _call, { engine }) => ({
    topics: await Promise.all(
      topics.map(async ({ name, partitions }) => ({
        name,
        partitions: await Promise.all(
          partitions.map(async ({ partitionIndex, offset }) => ({
            partitionIndex,
            ...(await deleteBefore(engine, name, partitionIndex, offset)),
          })),
        ),
      })),
    ),
  }),
)

async function deleteBefore(engine: Engine, topic: string, partition: number, offset: number) {
  try {
    if (!Number.isSafeInteger(offset) || offset < -1) {
      throw new Refusal(errorCodes.offsetOutOfRange, `${offset} is no offset`)
    }
    const lowWatermark = await engine.deleteRecords({ topic, partition }, offset)
    return { lowWatermark, errorCode: errorCodes.none }
  } catch (error) {
    return { lowWatermark: -1, errorCode: errorCodeOf(error) }
  }
}
