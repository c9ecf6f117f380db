import { DuramenError } from '../errors.js'
import { apis, errorCodes } from '../protocol/index.js'
import { brokerError } from './broker-error.js'
import type { ClusterClient } from './cluster-client.js'
import { retrying } from './retrying.js'

/** By it a broker tells a batch that is sent again from a new one. */
export interface ProducerId {
  readonly producerId: number
  readonly producerEpoch: number
}

/**
 * A new one; undefined where the broker gives none, or not to this client.
 *
 * @throws DuramenError `ERR_CONNECTION`, `ERR_BROKER`
 */
export async function newProducerId(cluster: ClusterClient): Promise<ProducerId | undefined> {
  try {
    return await retrying(() => initProducerId(cluster))
  } catch (error) {
    const isUnserved = error instanceof DuramenError && error.code === 'ERR_UNSUPPORTED_VERSION'
    if (isUnserved) return undefined
    throw error
  }
}

async function initProducerId(cluster: ClusterClient): Promise<ProducerId | undefined> {
  const body = { transactionalId: null, transactionTimeoutMs: 60_000 }
  const { errorCode, producerId, producerEpoch } = await cluster.request(apis.initProducerId, body)
  if (errorCode === errorCodes.clusterAuthorizationFailed) return undefined
  if (errorCode !== errorCodes.none) throw brokerError(errorCode, 'asking for a producer id')
  if (Number.isSafeInteger(producerId) && producerId >= 0) return { producerId, producerEpoch }
  throw new DuramenError(
    'ERR_BAD_ANSWER',
    `a broker gave the producer id ${producerId}; look at it`,
  )
}
