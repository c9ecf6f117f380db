import { apis, errorCodes } from '../../protocol/index.js'
import { errorCodeOf, Refusal } from '../error-code.js'
import { type Host, handler } from '../handler.js'
import { tellStorageFault } from '../storage-faults.js'

export const deleteRecordsHandler = handler(
  apis.deleteRecords,
  async ({ topics }, _call, host) => ({
    topics: await Promise.all(
      topics.map(async ({ name, partitions }) => ({
        name,
        partitions: await Promise.all(
          partitions.map(async ({ partitionIndex, offset }) => ({
            partitionIndex,
            ...(await deleteBefore(host, name, partitionIndex, offset)),
          })),
        ),
      })),
    ),
  }),
)

async function deleteBefore(
  { engine, problems }: Host,
  topic: string,
  partition: number,
  offset: number,
) {
  try {
    if (!Number.isSafeInteger(offset) || offset < -1) {
      throw new Refusal(errorCodes.offsetOutOfRange, `${offset} is no offset`)
    }
    const lowWatermark = await engine.deleteRecords({ topic, partition }, offset)
    return { lowWatermark, errorCode: errorCodes.none }
  } catch (error) {
    tellStorageFault(error, `${topic}-${partition}`, problems)
    return { lowWatermark: -1, errorCode: errorCodeOf(error) }
  }
}
