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

/** Lets go of what an answer holds. */
export function release(pieces: readonly Piece[]): void {
  for (const piece of pieces) for (const view of viewsOf(piece)) view.release()
}
