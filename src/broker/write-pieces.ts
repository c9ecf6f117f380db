import type { Socket } from 'node:net'
import { LogView } from '../log/index.js'
import type { Piece } from '../wire/index.js'

/** Writes an answer; resolves when the socket has taken all of it, or is closed. */
export async function writePieces(socket: Socket, pieces: readonly Piece[]): Promise<void> {
  socket.cork()
  const views: Promise<void>[] = []
  for (const piece of pieces) {
    if (piece instanceof LogView) views.push(piece.writeTo(socket))
    else socket.write(piece as Buffer)
  }
  socket.uncork()
  if (views.length > 0) await Promise.all(views)
  else if (socket.writableNeedDrain) await drained(socket)
}

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      socket.off('drain', done)
      socket.off('close', done)
      resolve()
    }
    socket.on('drain', done)
    socket.on('close', done)
  })
}
