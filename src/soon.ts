/** A value, or a promise of it where it is not there yet: what need not wait makes no promise. */
export type Soon<T> = T | Promise<T>

/** What `next` makes of the value, at once where that is there. */
export function after<T, U>(value: Soon<T>, next: (value: T) => Soon<U>): Soon<U> {
  return value instanceof Promise ? value.then(next) : next(value)
}

/** All values in their order, at once where none of them is waited for. */
export function allOf<T>(values: readonly Soon<T>[]): Soon<readonly T[]> {
  const isWaited = values.some((value) => value instanceof Promise)
  return isWaited ? Promise.all(values) : (values as readonly T[])
}
