import { setTimeout } from 'node:timers/promises'
import { DuramenError } from '../errors.js'
import type { Appended } from '../log/index.js'
import { apis, errorCodes } from '../protocol/index.js'
import { brokerError } from './broker-error.js'
import type { PartitionLeader } from './partition-leader.js'
import { isRetriable, pauseMs } from './retrying.js'

/** 0: nobody answers. 1: the leader has it. -1: all replicas that count have it. */
export type Acks = -1 | 0 | 1

interface Pending {
  readonly resolve: (appended: Appended) => void
  readonly reject: (error: unknown) => void
  /** Undefined until it is encoded. */
  bytes?: Buffer
  isSent: boolean
}

// Brokers remember as many batches of a producer, to know one that comes again.
const mostInFlight = 5
const requestTimeoutMs = 30_000
/** How long a batch is sent again and again. */
const longestMs = 30_000

/**
 * Sends batches to a partition, several at a time and in order. With `canRepeat`, which is for batches
 * that say who sent them, those that failed on the way are sent again, and stored once.
 */
export class PartitionProducer {
  readonly leader: PartitionLeader
  readonly #acks: Acks
  readonly #canRepeat: boolean
  /** What is not acknowledged, in order. */
  readonly #queue: Pending[] = []
  #inFlight = 0
  /** From a failure on until nothing is in flight and the leader is found again. */
  #isPausing = false
  /** Undefined once something has come through again. */
  #failingSince: number | undefined
  #attempt = 0

  constructor(leader: PartitionLeader, acks: Acks, canRepeat: boolean) {
    this.leader = leader
    this.#acks = acks
    this.#canRepeat = canRepeat
  }

  /**
   * Resolves when the broker has acknowledged the batch, or with acks 0 when it is sent.
   *
   * @throws DuramenError what the broker says, `ERR_CONNECTION`: then it may have been appended or not
   */
  append(batch: Promise<Buffer>): Promise<Appended> {
    return new Promise((resolve, reject) => {
      const pending: Pending = { resolve, reject, isSent: false }
      this.#queue.push(pending)
      const encoded = (bytes: Buffer) => {
        pending.bytes = bytes
        this.#pump()
      }
      batch.then(encoded, (error) => this.#giveUp(error))
    })
  }

  /** Sends what may be sent: in order, so that all waits for one that is not encoded yet. */
  #pump(): void {
    const most = this.#failingSince === undefined ? mostInFlight : 1
    for (const one of this.#queue) {
      if (this.#isPausing || this.#inFlight >= most || one.bytes === undefined) return
      if (!one.isSent) void this.#send(one, one.bytes)
    }
  }

  async #send(one: Pending, bytes: Buffer): Promise<void> {
    one.isSent = true
    this.#inFlight++
    try {
      const appended = await this.#request(bytes)
      this.#inFlight--
      this.#failingSince = undefined
      this.#attempt = 0
      this.#settled(one)
      one.resolve(appended)
    } catch (error) {
      this.#inFlight--
      if (this.#mayRepeat(one, error)) {
        this.#failingSince ??= performance.now()
        this.#isPausing = true
        one.isSent = false
      } else this.#giveUp(error)
    }
    if (!this.#isPausing) this.#pump()
    else if (this.#inFlight === 0) await this.#recover()
  }

  #settled(one: Pending): void {
    const at = this.#queue.indexOf(one)
    if (at >= 0) this.#queue.splice(at, 1)
  }

  #mayRepeat(one: Pending, error: unknown): boolean {
    const failingFor = performance.now() - (this.#failingSince ?? performance.now())
    if (!this.#canRepeat || failingFor > longestMs) return false
    // What comes behind a batch that did not arrive is out of order, until that has.
    return isRetriable(error) || (this.#queue[0] !== one && isOutOfOrder(error))
  }

  async #recover(): Promise<void> {
    await setTimeout(pauseMs(++this.#attempt))
    // Who cannot be asked cannot be sent to either, which then says so.
    await this.leader.find().catch(() => {})
    this.#isPausing = false
    this.#pump()
  }

  /** Nothing may be appended behind a gap. */
  #giveUp(error: unknown): void {
    for (const { reject } of this.#queue.splice(0)) reject(error)
  }

  async #request(records: Buffer): Promise<Appended> {
    const { topic: name, partition: index } = this.leader
    const topicData = [{ name, partitionData: [{ index, records }] }]
    const request = { acks: this.#acks, timeoutMs: requestTimeoutMs, topicData }
    const connection = await this.leader.connection()
    if (this.#acks === 0) {
      connection.tell(apis.produce, request)
      await connection.drained()
      return { baseOffset: -1 }
    }
    const waitMs = requestTimeoutMs
    const { responses } = await connection.request(apis.produce, request, { waitMs })
    const found = responses
      .find((one) => one.name === name)
      ?.partitionResponses.find((one) => one.index === index)
    if (found === undefined) throw this.leader.bad('does not mention it')
    const { errorCode, baseOffset, errorMessage } = found
    if (errorCode === errorCodes.none) return { baseOffset }
    if (errorCode === errorCodes.duplicateSequenceNumber) return { baseOffset, duplicate: true }
    throw brokerError(errorCode, `writing to ${this.leader.name}`, errorMessage)
  }

  /**
   * With acks 0, resolves when the broker has read all that was sent: it answers in order.
   *
   * @throws DuramenError `ERR_CONNECTION` where it may not have
   */
  async finish(): Promise<void> {
    if (this.#acks !== 0) return
    const software = { clientSoftwareName: 'duramen', clientSoftwareVersion: '0' }
    await (await this.leader.connection()).request(apis.apiVersions, software)
  }
}

function isOutOfOrder(error: unknown): boolean {
  const outOfOrder = errorCodes.outOfOrderSequenceNumber
  return error instanceof DuramenError && error.kafkaCode === outOfOrder
}
