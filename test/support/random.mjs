/**
 * A generator of whole numbers below `bound` that `seed` determines.
 *
 * @param {number} seed
 * @returns {(bound: number) => number}
 */
export function numbers(seed) {
  let state = seed | 0
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound
  }
}

/** One of a list, as `random` has it. */
export function pick(random, list) {
  return list[random(list.length)]
}
