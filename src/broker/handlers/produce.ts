import type { Engine } from '../../engine.js'
import { DuramenError } from '../../errors.js'
import type { Appended, PartitionLog } from '../../log/index.js'
import type { AcceptedBatch } from '../../producer/index.js'
import { apis, errorCodes, type RequestOf, type ResponseInput } from '../../protocol/index.js'
import { after, allOf, attempt, type Soon } from '../../soon.js'
import { isInternalTopic } from '../../topic/topic-name.js'
import { errorCodeOf } from '../error-code.js'
import { type Call, type Handler, type Host, handler, soonOrLater } from '../handler.js'
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
  readonly log: PartitionLog
  readonly batch: AcceptedBatch
}

interface Refused {
  readonly fault: unknown
}

/** What one partition's batch has come to: appended, perhaps not acknowledged yet, or refused. */
type Outcome =
  | Refused
  | {
      readonly log: PartitionLog
      readonly batch: AcceptedBatch
      readonly appended: Soon<Appended>
    }

/**
 * The batches of a request are checked side by side, and appended in their order before the client's
 * next request begins. Only the wait for the flush is left for later, so that what a client sends
 * without waiting shares one.
 */
export const produceHandler: Handler = handler(
  apis.produce,
  (request, call, host) => {
    if (!Object.values(acks).includes(request.acks as 0)) {
      return apis.produce.refused(request, errorCodes.invalidRequiredAcks)
    }
    return after(prepareAll(request, call, host.engine), (topics) => {
      const outcomes = topics.map((all) => all.map((one) => append(one, request.acks === acks.all)))
      if (request.acks === acks.none) {
        // The connection is closed: only by that does such a client learn of it.
        for (const outcome of outcomes.flat()) if ('fault' in outcome) throw outcome.fault
        return null
      }
      return soonOrLater(answer(request, outcomes, host))
    })
  },
  [3, 11],
  true,
) as Handler

/** By topic and partition, in the order of the request. */
function prepareAll(
  { topicData }: Request,
  call: Call,
  engine: Engine,
): Soon<readonly (readonly (Produced | Refused)[])[]> {
  return allOf(
    topicData.map(({ name, partitionData }) =>
      allOf(
        partitionData.map(({ index, records }) =>
          attempt(
            () => prepare(engine, call, name, index, records),
            (fault) => ({ fault }),
          ),
        ),
      ),
    ),
  )
}

function prepare(
  engine: Engine,
  { version, clientId }: Call,
  topic: string,
  index: number,
  records: Buffer | null,
): Soon<Produced> {
  if (isInternalTopic(topic) && clientId !== adminClientId) {
    throw new DuramenError('ERR_INVALID_TOPIC', `${topic} is written to by the broker alone`)
  }
  const found = engine.findTopic(topic)
  if (found === undefined) throw new DuramenError('ERR_NOT_FOUND', `there is no topic ${topic}`)
  const accepted = engine.intake.accept(checkProduced(records, version), found.config)
  return after(accepted, (batch) =>
    after(engine.openLog(topic, index) ?? engine.log(topic, index), (log) => ({ log, batch })),
  )
}

function append(produced: Produced | Refused, waits: boolean): Outcome {
  if ('fault' in produced) return produced
  const { log, batch } = produced
  try {
    const { bytes, isChanged } = batch
    return { log, batch, appended: log.appendTrusted(bytes, { computeCrc: isChanged, waits }) }
  } catch (fault) {
    return { fault }
  }
}

function answer(
  { topicData }: Request,
  outcomes: readonly (readonly Outcome[])[],
  host: Host,
): Soon<Response> {
  const topics = topicData.map(({ name, partitionData }, t) => {
    const partitions = partitionData.map(({ index }, p) =>
      partitionAnswer(host, name, index, outcomes[t][p]),
    )
    return after(allOf(partitions), (partitionResponses) => ({ name, partitionResponses }))
  })
  return after(allOf(topics), (responses) => ({ responses }))
}

function partitionAnswer(
  host: Host,
  topic: string,
  index: number,
  outcome: Outcome,
): Soon<PartitionResponse> {
  if ('fault' in outcome) return refusal(host, topic, index, outcome.fault)
  const { log, batch, appended } = outcome
  const acknowledged = ({ baseOffset }: Appended) => ({
    index,
    errorCode: errorCodes.none,
    baseOffset,
    logAppendTimeMs: batch.logAppendTimeMs,
    logStartOffset: log.logStartOffset,
  })
  if (!(appended instanceof Promise)) return acknowledged(appended)
  return appended
    .then(acknowledged)
    .catch(async (fault) => refusal(host, topic, index, await causeOf(log, fault)))
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
