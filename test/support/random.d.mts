/** A whole number below `bound`. */
export type Random = (bound: number) => number

export function numbers(seed: number): Random
export function pick<T>(random: Random, list: readonly T[]): T
