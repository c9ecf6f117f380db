import type { Socket } from 'node:net'
import type { Piece } from '../wire/index.js'
import { buffersOf, viewsOf } from './log-views.js'

/**
 * Hands an answer to the socket; its bytes. Views are released: the socket keeps the memory of each
 * mapped until it has sent it.
 *
 * @throws what reading the bytes of a view throws
 */
export function writePieces(socket: Socket, pieces: readonly Piece[]): number {
  // All before the first is written: nothing goes out of an answer that cannot be sent whole.
  const buffers = pieces.flatMap((piece) => buffersOf(piece))
  socket.cork()
  for (const bytes of buffers) socket.write(bytes)
  socket.uncork()
  release(pieces)
  return buffers.reduce((size, { length }) => size + length, 0)
}

/** Lets go of what an answer holds. */
export function release(pieces: readonly Piece[]): void {
  for (const piece of pieces) for (const view of viewsOf(piece)) view.release()
}
