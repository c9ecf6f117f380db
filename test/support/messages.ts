import { DuramenError } from '../../src/errors.js'
import {
  type AnyApi,
  apis,
  decodeRequest,
  decodeResponse,
  encodeRequest,
  encodeResponse,
} from '../../src/protocol/index.js'
import type { ItemBudget } from '../../src/wire/index.js'
import type { Random } from './random.mjs'
import { type Message, randomMessage } from './random-messages.mjs'

/** One kind of message in one version. */
export interface MessageKind {
  readonly api: AnyApi
  readonly kind: 'request' | 'response'
  readonly version: number
}

/** All that are described. */
export const messageKinds: readonly MessageKind[] = Object.values<AnyApi>(apis).flatMap((api) =>
  versionsOf(api).flatMap((version) => [
    { api, kind: 'request' as const, version },
    { api, kind: 'response' as const, version },
  ]),
)

export function versionsOf({ versions: [first, last] }: AnyApi): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i)
}

export function nameOf({ api, kind, version }: MessageKind): string {
  return `${api.name} ${kind} ${version}`
}

/** The frame of a message, without its length. */
export function frameOf({ api, kind, version }: MessageKind, message: Message): Buffer {
  const pieces =
    kind === 'request'
      ? encodeRequest(api, version, 7, 'client', message)
      : encodeResponse(api, version, 7, message)
  return Buffer.concat(pieces as readonly Buffer[]).subarray(4)
}

export function readFrame(
  { api, kind, version }: MessageKind,
  frame: Buffer,
  items?: ItemBudget,
): Message {
  if (kind === 'response') return decodeResponse(api, version, frame).body
  return decodeRequest(api, version, frame, items).body
}

export function randomFrame(of: MessageKind, random: Random): Buffer {
  return frameOf(of, randomMessage(of.api[of.kind], of.version, random))
}

/**
 * Reads a frame that may hold anything: how many items its lists have if it is a message, else
 * undefined. Any error but that of bytes that are no message comes through.
 */
export function itemsIn(of: MessageKind, frame: Buffer, mostItems: number): number | undefined {
  try {
    return count(readFrame(of, frame, { left: mostItems }))
  } catch (error) {
    if (error instanceof DuramenError && error.code === 'ERR_CORRUPT_RECORD') return undefined
    throw error
  }
}

function count(value: unknown): number {
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return 0
  const inner = Object.values(value).reduce((sum: number, one) => sum + count(one), 0)
  return inner + (Array.isArray(value) ? value.length : 0)
}
