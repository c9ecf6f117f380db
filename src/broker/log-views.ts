import { LogView } from '../log/index.js'
import type { Blob, Piece } from '../wire/index.js'

/** Views that are sent one behind the other. */
export class LogViews implements Blob {
  readonly views: readonly LogView[]
  readonly sizeInBytes: number

  constructor(views: readonly LogView[]) {
    this.views = views
    this.sizeInBytes = views.reduce((sum, view) => sum + view.sizeInBytes, 0)
  }
}

/** The views in a piece of an answer. */
export function viewsOf(piece: Piece): readonly LogView[] {
  if (piece instanceof LogView) return [piece]
  return piece instanceof LogViews ? piece.views : []
}

/** Its bytes where they stand. */
export function buffersOf(piece: Piece): readonly Buffer[] {
  if (Buffer.isBuffer(piece)) return [piece]
  return viewsOf(piece).map((view) => view.bytes)
}
