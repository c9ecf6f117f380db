import type { Socket } from 'node:net'
import type { Piece } from '../wire/index.js'
import { buffersOf, viewsOf } from './log-views.js'

/**
 * Hands an answer to the socket; its bytes. Views are released: the socket keeps the memory of each
 * mapped until it has sent it.
 */
export function writePieces(socket: Socket, pieces: readonly Piece[]): number {
  let size = 0
  socket.cork()
  for (const piece of pieces) {
    for (const bytes of buffersOf(piece)) {
      size += bytes.length
      socket.write(bytes)
    }
  }
  socket.uncork()
  release(pieces)
  return size
}

/** Lets go of what an answer holds. */
export function release(pieces: readonly Piece[]): void {
  for (const piece of pieces) for (const view of viewsOf(piece)) view.release()
}
