import type { AnyApi } from '../src/protocol/index.js'

export function protocolDocument(
  apis: readonly AnyApi[],
  served: ReadonlyMap<number, readonly [number, number]>,
): string
