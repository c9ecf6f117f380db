// The one shape in which peers and the engine do the same work: append batches of values, read all.

/**
 * @typedef {object} StoreOptions
 * @property {string} directory
 * @property {boolean} sync `append` returns (or resolves) once the batch is on the device; else it
 *   survives the end of the process only
 * @property {import('./data.mjs').Batches} batches
 * @property {number} count batches that will be appended
 */

/**
 * @typedef {object} Store
 * @property {(batch: number) => void | Promise<void>} append that batch of the input, in order
 * @property {(visit: (value: Uint8Array) => void) => void | Promise<void>} read all, in order
 * @property {() => void | Promise<void>} close
 */

/** @typedef {(options: StoreOptions) => Store | Promise<Store>} OpenStore */

export {}
