import type { BrokerConfig } from '../config/broker-config.js'
import { DuramenError } from '../errors.js'
import { type AnyApi, apis, encodeResponse, errorCodes } from '../protocol/index.js'
import type { Piece } from '../wire/index.js'
import { errorCodeOf, groupCodeOf, Refusal } from './error-code.js'
import { Faults } from './faults.js'
import { FramePool } from './frame-pool.js'
import { type Answer, type Handler, type Host, Later } from './handler.js'
import { Counts } from './metrics.js'
import type { Problems } from './problems.js'
import type { ServedRequest } from './served-request.js'
import { tellStorageFault } from './storage-faults.js'

/** The bytes of an answer, none where the client expects none; undefined: the connection is to close. */
export type Outcome = readonly Piece[] | undefined

/** What is asked of the coordinator of a group. */
const groupApis: ReadonlySet<AnyApi> = new Set<AnyApi>([
  apis.joinGroup,
  apis.syncGroup,
  apis.leaveGroup,
  apis.offsetCommit,
  apis.offsetFetch,
])

/** Turns requests into answers, whatever their handlers do; one for all connections. */
export class Service {
  readonly counts = new Counts()
  readonly faults = new Faults()
  readonly memory = new FramePool()
  readonly #host: Host
  readonly #handlers: ReadonlyMap<number, Handler>

  constructor(host: Host, handlers: ReadonlyMap<number, Handler>) {
    this.#host = host
    this.#handlers = handlers
  }

  get options(): Readonly<BrokerConfig> {
    return this.#host.options
  }

  get problems(): Problems {
    return this.#host.problems
  }

  /** It does not throw, and what it promises does not fail. */
  begin(request: ServedRequest): Outcome | Later<Outcome> | Promise<Outcome | Later<Outcome>> {
    const { api, version, body } = request
    this.counts.of(api).requests++
    const fault = this.faults.take(api)
    if (fault !== undefined) return this.#refuse(request, fault)
    const handler = this.#handlers.get(api.key)
    if (handler === undefined || version < handler.versions[0] || version > handler.versions[1]) {
      return this.#refuse(request, errorCodes.unsupportedVersion)
    }
    try {
      const answer = handler.handle(body, request, this.#host)
      if (!(answer instanceof Promise)) return this.#outcome(request, answer)
      return answer.then(
        (settled) => this.#outcome(request, settled),
        (error) => this.#failed(request, error),
      )
    } catch (error) {
      return this.#failed(request, error)
    }
  }

  /** For a request that has begun: its bytes may be used again, if the handler copies what it keeps. */
  release({ api, frame }: ServedRequest): void {
    if (this.#handlers.get(api.key)?.copiesBytes) this.memory.give(frame)
  }

  /** With what it may be asked in (KIP-511). */
  refuseApiVersions(request: ServedRequest): Outcome {
    const { key, versions } = apis.apiVersions
    const errorCode = errorCodes.unsupportedVersion
    const counts = this.counts.of(apis.apiVersions)
    counts.requests++
    counts.errors++
    const apiKeys = [{ apiKey: key, minVersion: versions[0], maxVersion: versions[1] }]
    return this.#encoded(request, { errorCode, apiKeys })
  }

  // biome-ignore lint/suspicious/noExplicitAny: of the API that is served
  #outcome(request: ServedRequest, answer: Answer<any>): Outcome | Later<Outcome> {
    if (!(answer instanceof Later)) return this.#encoded(request, answer)
    const outcome = answer.answer.then(
      (settled) => this.#encoded(request, settled),
      (error) => this.#failed(request, error),
    )
    return new Later(outcome)
  }

  #encoded(request: ServedRequest, response: unknown): Outcome {
    try {
      const pieces = this.#pieces(request, response)
      this.counts.of(request.api).answered(performance.now() - request.begun)
      return pieces
    } catch (error) {
      return this.#failed(request, error)
    }
  }

  #pieces({ api, version, correlationId }: ServedRequest, response: unknown): readonly Piece[] {
    if (response === null) return []
    return encodeResponse(api, version, correlationId, response as never)
  }

  #failed(request: ServedRequest, error: unknown): Outcome {
    // It waited, and nobody waits for it.
    if (request.abortReason !== undefined && error === request.abortReason) return undefined
    if (!(error instanceof DuramenError || error instanceof Refusal)) this.#tell(request, error)
    tellStorageFault(error, request.api.name, this.problems)
    const code = groupApis.has(request.api) ? groupCodeOf(error) : errorCodeOf(error)
    return this.#refuse(request, code)
  }

  #refuse(request: ServedRequest, errorCode: number): Outcome {
    this.counts.of(request.api).errors++
    try {
      const response = request.api.refused(request.body, errorCode)
      // As Kafka does: that the connection is closed is all that such a client can be told.
      return response === null ? undefined : this.#pieces(request, response)
    } catch (error) {
      this.#tell(request, error)
      return undefined
    }
  }

  #tell({ api, version, clientId, clientHost }: ServedRequest, error: unknown): void {
    const who = `${api.name} ${version} of '${clientId.slice(0, 80)}' at ${clientHost}`
    this.problems.report('request', `${who} failed: ${String(error)}`, error)
  }
}
