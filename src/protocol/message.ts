import { type ItemBudget, type Piece, WireReader, WireWriter } from '../wire/index.js'
import {
  type AnyApi,
  isFlexible,
  type RequestInput,
  type RequestOf,
  type ResponseInput,
  type ResponseOf,
} from './api.js'
import { type Codec, structCodec } from './codec.js'

// A request: api key, version, correlation id, client id and the body; a response: correlation id and
// body. In flexible versions the headers end in tagged fields too, but for that of ApiVersions, which
// has to be understood by who does not know yet what the broker speaks (KIP-511).

/** What a request begins with. */
export interface RequestHeader {
  readonly apiKey: number
  readonly version: number
  readonly correlationId: number
}

const headerBytes = 8

/** @throws DuramenError `ERR_CORRUPT_RECORD` where the frame is too short */
export function readHeader(frame: Buffer): RequestHeader {
  const reader = new WireReader(frame)
  return { apiKey: reader.int16(), version: reader.int16(), correlationId: reader.int32() }
}

export interface DecodedRequest<Body> {
  readonly clientId: string | null
  readonly body: Body
}

/** @throws DuramenError `ERR_CORRUPT_RECORD` where the bytes are no such request */
export function decodeRequest<A extends AnyApi>(
  api: A,
  version: number,
  frame: Buffer,
  items?: ItemBudget,
): DecodedRequest<RequestOf<A>> {
  const header = new WireReader(frame, { at: headerBytes })
  // Its length is not compact in any version.
  const clientId = header.nullableString()
  const compact = isFlexible(api, version)
  const reader = new WireReader(frame, { at: header.position, compact, items })
  reader.skipTags()
  return { clientId, body: codecsOf(api, version).request.read(reader) as RequestOf<A> }
}

/** The frame of a response, its length in front. */
export function encodeResponse<A extends AnyApi>(
  api: A,
  version: number,
  correlationId: number,
  body: ResponseInput<A>,
): readonly Piece[] {
  const writer = new WireWriter({ compact: isFlexible(api, version) })
  writer.int32(0).int32(correlationId)
  if (hasResponseTags(api, version)) writer.tags()
  codecsOf(api, version).response.write(writer, body)
  const size = writer.sizeInBytes - 4
  const pieces = writer.pieces()
  const [first] = pieces as readonly Buffer[]
  first.writeInt32BE(size, 0)
  return pieces
}

export function encodeRequest<A extends AnyApi>(
  api: A,
  version: number,
  correlationId: number,
  clientId: string | null,
  body: RequestInput<A>,
): readonly Piece[] {
  const header = new WireWriter()
  header.int32(0).int16(api.key).int16(version).int32(correlationId).string(clientId)
  const writer = new WireWriter({ compact: isFlexible(api, version) })
  writer.tags()
  codecsOf(api, version).request.write(writer, body)
  const head = header.end()
  head.writeInt32BE(head.length + writer.sizeInBytes - 4, 0)
  return [head, ...writer.pieces()]
}

export interface DecodedResponse<Body> {
  readonly correlationId: number
  readonly body: Body
}

/** @throws DuramenError `ERR_CORRUPT_RECORD` where the bytes are no such response */
export function decodeResponse<A extends AnyApi>(
  api: A,
  version: number,
  frame: Buffer,
  items?: ItemBudget,
): DecodedResponse<ResponseOf<A>> {
  const reader = new WireReader(frame, { compact: isFlexible(api, version), items })
  const correlationId = reader.int32()
  if (hasResponseTags(api, version)) reader.skipTags()
  const body = codecsOf(api, version).response.read(reader) as ResponseOf<A>
  return { correlationId, body }
}

const apiVersionsKey = 18

function hasResponseTags(api: AnyApi, version: number): boolean {
  return isFlexible(api, version) && api.key !== apiVersionsKey
}

interface Codecs {
  readonly request: Codec
  readonly response: Codec
}

const made = new WeakMap<AnyApi, Codecs[]>()

/** Those of each version are made when it is first met. */
function codecsOf(api: AnyApi, version: number): Codecs {
  const ofApi = made.get(api) ?? []
  if (ofApi.length === 0) made.set(api, ofApi)
  ofApi[version] ??= makeCodecs(api, version)
  return ofApi[version]
}

function makeCodecs(api: AnyApi, version: number): Codecs {
  const flexible = isFlexible(api, version)
  return {
    request: structCodec(api.request, version, flexible) as Codec,
    response: structCodec(api.response, version, flexible) as Codec,
  }
}
