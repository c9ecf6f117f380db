import type { DuramenError } from '../errors.js'
import type { Deadline } from './deadline.js'
import { Deferred } from './deferred.js'
import type { StoredMember } from './group-record.js'
import type { GroupProtocol, JoinAnswer, JoinRequest, SyncAnswer } from './requests.js'

export const noBytes = Buffer.alloc(0)

/** What a member said when it joined. */
export interface MemberTerms {
  protocols: readonly GroupProtocol[]
  sessionTimeoutMs: number
  rebalanceTimeoutMs: number
  onChange?: (() => void) | undefined
}

/** A member of a group, and what it waits for. */
export class Member {
  memberId: string
  readonly groupInstanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  terms: MemberTerms
  assignment: Buffer = noBytes
  /** Not yet in a generation: its silence is not excused by waiting for one. */
  isNew = false
  readonly session: Deadline
  #join: Deferred<JoinAnswer> | undefined
  #sync: Deferred<SyncAnswer> | undefined
  /** Of what was asked last: aborted once nobody waits for it. */
  #signal: AbortSignal | undefined

  constructor(
    identity: Pick<StoredMember, 'memberId' | 'groupInstanceId' | 'clientId' | 'clientHost'>,
    terms: MemberTerms,
    session: Deadline,
  ) {
    this.memberId = identity.memberId
    this.groupInstanceId = identity.groupInstanceId
    this.clientId = identity.clientId
    this.clientHost = identity.clientHost
    this.terms = terms
    this.session = session
  }

  get awaitsJoin(): boolean {
    return this.#join !== undefined
  }

  get awaitsSync(): boolean {
    return this.#sync !== undefined
  }

  /** Whether it need not be heard of: it waits for the coordinator, not the other way round. */
  get isExcused(): boolean {
    return !this.isNew && (this.awaitsJoin || this.awaitsSync) && !this.isLost
  }

  /** Whether it awaits an answer which nobody is there to take. */
  get isLost(): boolean {
    return (this.awaitsJoin || this.awaitsSync) && this.#signal?.aborted === true
  }

  /** The answer to come; one that asks again waits for the same. */
  waitForJoin(signal?: AbortSignal): Promise<JoinAnswer> {
    this.#signal = signal
    this.#join ??= new Deferred()
    return this.#join.promise
  }

  waitForSync(signal?: AbortSignal): Promise<SyncAnswer> {
    this.#signal = signal
    this.#sync ??= new Deferred()
    return this.#sync.promise
  }

  answerJoin(answer: JoinAnswer): void {
    this.#join?.resolve(answer)
    this.#join = undefined
  }

  answerSync(answer: SyncAnswer): void {
    this.#sync?.resolve(answer)
    this.#sync = undefined
  }

  refuseSync(error: unknown): void {
    this.#sync?.reject(error)
    this.#sync = undefined
  }

  /** Tells it, in a turn of its own, that its place in the group is not what it was. */
  tell(): void {
    const { onChange } = this.terms
    if (onChange !== undefined) queueMicrotask(onChange)
  }

  /** Ends whatever it waits for. */
  refuse(error: DuramenError): void {
    this.#join?.reject(error)
    this.#join = undefined
    this.refuseSync(error)
  }

  /** The first of its protocols that is among the candidates. */
  vote(candidates: ReadonlySet<string>): string {
    return this.terms.protocols.find(({ name }) => candidates.has(name))?.name ?? ''
  }

  metadata(protocolName: string): Buffer {
    return this.terms.protocols.find(({ name }) => name === protocolName)?.metadata ?? noBytes
  }

  /** Whether it said the same when it joined: same protocols, in the same order. */
  hasProtocols(protocols: readonly GroupProtocol[]): boolean {
    const own = this.terms.protocols
    return (
      own.length === protocols.length &&
      own.every(({ name, metadata }, i) => {
        const other = protocols[i]
        return name === other.name && metadata.equals(other.metadata)
      })
    )
  }

  stored(protocolName: string, assignment: Buffer): StoredMember {
    const { memberId, groupInstanceId, clientId, clientHost } = this
    const { rebalanceTimeoutMs, sessionTimeoutMs } = this.terms
    return {
      memberId,
      groupInstanceId,
      clientId,
      clientHost,
      rebalanceTimeoutMs,
      sessionTimeoutMs,
      subscription: this.metadata(protocolName),
      assignment,
    }
  }
}

export function termsOf(request: JoinRequest): MemberTerms {
  const { protocols, sessionTimeoutMs, rebalanceTimeoutMs, onChange } = request
  return { protocols, sessionTimeoutMs, rebalanceTimeoutMs, onChange }
}
