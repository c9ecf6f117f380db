interface Transferable {
  transfer?(length: number): ArrayBuffer
}

/**
 * Frees a Buffer that a codec has made; nothing may refer to it any more. V8 would do so when it has
 * collected the heap, and collects all of it for some 64 MiB of such memory: a third of what checking lz4
 * batches took. Before Node 21 it is left to that.
 */
export function giveBack(bytes: Buffer): void {
  const memory: ArrayBufferLike & Transferable = bytes.buffer
  // Else it is a part of something larger, which others may have parts of.
  if (bytes.length === memory.byteLength) memory.transfer?.(0)
}
