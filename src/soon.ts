/** A value, or a promise of it where it is not there yet: what need not wait makes no promise. */
export type Soon<T> = T | Promise<T>

/** What `next` makes of the value, at once where that is there. */
export function after<T, U>(value: Soon<T>, next: (value: T) => Soon<U>): Soon<U> {
  return value instanceof Promise ? value.then(next) : next(value)
}

/** What `make` makes, or what `otherwise` makes of why it cannot. */
export function attempt<T, U>(make: () => Soon<T>, otherwise: (fault: unknown) => U): Soon<T | U> {
  try {
    const made = make()
    return made instanceof Promise ? made.catch(otherwise) : made
  } catch (fault) {
    return otherwise(fault)
  }
}

/** Does something with each, one after the other. */
export function inTurn<T>(all: readonly T[], act: (one: T) => Soon<void>, from = 0): Soon<void> {
  for (let i = from; i < all.length; i++) {
    const done = act(all[i] as T)
    if (done instanceof Promise) return done.then(() => inTurn(all, act, i + 1))
  }
}

/** All values in their order, at once where none of them is waited for. */
export function allOf<T>(values: readonly Soon<T>[]): Soon<readonly T[]> {
  const isWaited = values.some((value) => value instanceof Promise)
  return isWaited ? Promise.all(values) : (values as readonly T[])
}
