import type { Socket } from 'node:net'
import { LogView } from '../log/index.js'
import type { Piece } from '../wire/index.js'

/**
 * Hands an answer to the socket; its bytes. Views are released: the socket keeps the memory of each
 * mapped until it has sent it.
 */
export function writePieces(socket: Socket, pieces: readonly Piece[]): number {
  let bytes = 0
  socket.cork()
  for (const piece of pieces) {
    bytes += piece instanceof LogView ? piece.sizeInBytes : (piece as Buffer).length
    socket.write(piece instanceof LogView ? piece.bytes : (piece as Buffer))
  }
  socket.uncork()
  release(pieces)
  return bytes
}

/** Lets go of what an answer holds. */
export function release(pieces: readonly Piece[]): void {
  for (const piece of pieces) if (piece instanceof LogView) piece.release()
}
