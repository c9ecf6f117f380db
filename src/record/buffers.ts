type BufferConstructor = new (memory: ArrayBufferLike, at: number, length: number) => Buffer

// Node's Buffer names the class of its instances as its species. Calling that directly takes 19 ns,
// Buffer.from 41 and subarray 46 (bench/micro, Node 20), which decides how fast records come out.
const species = (Buffer as unknown as { [Symbol.species]?: BufferConstructor })[Symbol.species]

function makesBuffers(constructor: BufferConstructor | undefined): boolean {
  if (constructor === undefined || (constructor as unknown) === Buffer) return false
  return Object.getPrototypeOf(new constructor(new ArrayBuffer(1), 0, 1)) === Buffer.prototype
}

/** A Buffer over `length` bytes at `at` of `memory`: a view, not a copy. */
export const bufferOver: (memory: ArrayBufferLike, at: number, length: number) => Buffer =
  species !== undefined && makesBuffers(species)
    ? (memory, at, length) => new species(memory, at, length)
    : (memory, at, length) => Buffer.from(memory as ArrayBuffer, at, length)

/** Bytes as an application may give them; a string stands for its UTF-8. */
export type BytesLike = string | Uint8Array

/** The bytes of `view` as a Uint8Array, whatever kind of view it is. */
export function bytesOf(view: ArrayBufferView): Uint8Array {
  return (view as Uint8Array).BYTES_PER_ELEMENT === 1
    ? (view as Uint8Array)
    : new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
}
