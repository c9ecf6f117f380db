export { corrupt, type ItemBudget, WireReader } from './wire-reader.js'
export { type Blob, type Piece, WireWriter } from './wire-writer.js'
