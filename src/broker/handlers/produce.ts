import type { Engine } from '../../engine.js'
import { DuramenError } from '../../errors.js'
import type { Appended, PartitionLog } from '../../log/index.js'
import type { AcceptedBatch } from '../../producer/index.js'
import { apis, errorCodes, type RequestOf, type ResponseInput } from '../../protocol/index.js'
import { isInternalTopic } from '../../topic/topic-name.js'
import { errorCodeOf } from '../error-code.js'
import { type Call, type Handler, type Host, handler, Later } from '../handler.js'
import { tellStorageFault } from '../storage-faults.js'
import { checkProduced } from './produced-batch.js'

type Request = RequestOf<typeof apis.produce>
type Response = ResponseInput<typeof apis.produce>
type PartitionResponse = Response['responses'][number]['partitionResponses'][number]

const acks = { all: -1, none: 0, leader: 1 } as const

/** Kafka lets its own tools write where the brokers keep their state. */
const adminClientId = '__admin_client'

/** A partition's batch, on its way into the log. */
interface Produced {
  readonly topic: string
  readonly index: number
  readonly log: PartitionLog
  readonly batch: AcceptedBatch
}

/** What one partition's batch has come to: appended, perhaps not acknowledged yet, or refused. */
type Outcome =
  | { readonly fault: unknown }
  | {
      readonly log: PartitionLog
      readonly batch: AcceptedBatch
      readonly appended: Appended | Promise<Appended>
    }

/**
 * The batches of a request are checked side by side, and appended in their order before the client's
 * next request begins. Only the wait for the flush is left for later, so that what a client sends
 * without waiting shares one.
 */
export const produceHandler: Handler = handler(
  apis.produce,
  async (request, call, host) => {
    if (!Object.values(acks).includes(request.acks as 0)) {
      return apis.produce.refused(request, errorCodes.invalidRequiredAcks)
    }
    const outcomes = await appendAll(request, call, host.engine)
    if (request.acks === acks.none) {
      // The connection is closed: only by that does such a client learn of it.
      for (const outcome of outcomes.flat()) if ('fault' in outcome) throw outcome.fault
      return null
    }
    return new Later(answer(request, outcomes, host))
  },
  [3, 11],
  true,
) as Handler

/** By topic and partition, in the order of the request. */
async function appendAll(
  { topicData, acks: wanted }: Request,
  call: Call,
  engine: Engine,
): Promise<readonly (readonly Outcome[])[]> {
  const prepared = await Promise.all(
    topicData.map(({ name, partitionData }) =>
      Promise.all(
        partitionData.map(({ index, records }) =>
          prepare(engine, call, name, index, records).catch((fault: unknown) => ({ fault })),
        ),
      ),
    ),
  )
  return prepared.map((partitions) =>
    partitions.map((one) => ('fault' in one ? one : append(one, wanted === acks.all))),
  )
}

async function prepare(
  engine: Engine,
  { version, clientId }: Call,
  topic: string,
  index: number,
  records: Buffer | null,
): Promise<Produced> {
  if (isInternalTopic(topic) && clientId !== adminClientId) {
    throw new DuramenError('ERR_INVALID_TOPIC', `${topic} is written to by the broker alone`)
  }
  const found = engine.findTopic(topic)
  if (found === undefined) throw new DuramenError('ERR_NOT_FOUND', `there is no topic ${topic}`)
  const batch = await engine.intake.accept(checkProduced(records, version), found.config)
  const log = await engine.log(topic, index)
  return { topic, index, log, batch }
}

function append({ log, batch }: Produced, waits: boolean): Outcome {
  try {
    const { bytes, isChanged } = batch
    return { log, batch, appended: log.appendTrusted(bytes, { computeCrc: isChanged, waits }) }
  } catch (fault) {
    return { fault }
  }
}

async function answer(
  { topicData }: Request,
  outcomes: readonly (readonly Outcome[])[],
  host: Host,
): Promise<Response> {
  const responses = topicData.map(async ({ name, partitionData }, t) => ({
    name,
    partitionResponses: await Promise.all(
      partitionData.map(({ index }, p) => partitionAnswer(host, name, index, outcomes[t][p])),
    ),
  }))
  return { responses: await Promise.all(responses) }
}

async function partitionAnswer(
  host: Host,
  topic: string,
  index: number,
  outcome: Outcome,
): Promise<PartitionResponse> {
  if ('fault' in outcome) return refusal(host, topic, index, outcome.fault)
  const { log, batch } = outcome
  try {
    const { baseOffset } = await outcome.appended
    return {
      index,
      errorCode: errorCodes.none,
      baseOffset,
      logAppendTimeMs: batch.logAppendTimeMs,
      logStartOffset: log.logStartOffset,
    }
  } catch (fault) {
    return refusal(host, topic, index, await causeOf(log, fault))
  }
}

/** An append that waited for a flush knows that it failed, and the log why. */
async function causeOf(log: PartitionLog, fault: unknown): Promise<unknown> {
  const isFenced = fault instanceof DuramenError && fault.code === 'ERR_FENCED'
  return isFenced
    ? log.flush().then(
        () => fault,
        (cause) => cause,
      )
    : fault
}

function refusal(
  { engine, problems }: Host,
  topic: string,
  index: number,
  fault: unknown,
): PartitionResponse {
  tellStorageFault(fault, `${topic}-${index}`, problems)
  const recordErrors = fault instanceof DuramenError ? (fault.recordErrors ?? []) : []
  return {
    index,
    errorCode: refusalCode(engine, topic, fault),
    baseOffset: -1,
    recordErrors: recordErrors.map((one) => ({
      batchIndex: one.index,
      batchIndexErrorMessage: one.message,
    })),
    errorMessage: fault instanceof Error ? fault.message : null,
  }
}

/** A log that was closed underneath has been deleted, or goes with the broker. */
function refusalCode(engine: Engine, topic: string, fault: unknown): number {
  if (!(fault instanceof DuramenError) || fault.code !== 'ERR_CLOSED') return errorCodeOf(fault)
  const isThere = engine.findTopic(topic) !== undefined
  return isThere ? errorCodes.notLeaderOrFollower : errorCodes.unknownTopicOrPartition
}
