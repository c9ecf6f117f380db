type Start<T> = (done: (error: Error | null, value: T) => void) => void

/** A promise for a call of the addon that takes a callback. */
export function call<T>(start: Start<T>): Promise<T> {
  return callFor(start, (value) => value)
}

/** The same for what `use` makes of the value, in the callback: before the addon is called again. */
export function callFor<T, R>(start: Start<T>, use: (value: T) => R): Promise<R> {
  return new Promise((resolve, reject) => {
    start((error, value) => (error ? reject(error) : resolve(use(value))))
  })
}
