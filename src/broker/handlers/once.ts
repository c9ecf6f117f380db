/** What is asked for once, and one each of what is asked for again: Kafka does none of the latter. */
export function once<T>(
  asked: readonly T[],
  keyOf: (one: T) => unknown,
): [single: T[], repeated: T[]] {
  const counts = new Map<unknown, number>()
  const firsts = new Map<unknown, T>()
  for (const one of asked) {
    const key = keyOf(one)
    counts.set(key, (counts.get(key) ?? 0) + 1)
    if (!firsts.has(key)) firsts.set(key, one)
  }
  const isSingle = ([key]: [unknown, T]) => counts.get(key) === 1
  const all = [...firsts]
  return [
    all.filter(isSingle).map(([, one]) => one),
    all.filter((entry) => !isSingle(entry)).map(([, one]) => one),
  ]
}
