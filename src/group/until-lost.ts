/** The answer; where `signal` aborts before it is there, its reason, and `onLoss` is called. */
export function untilLost<T>(
  answer: Promise<T>,
  signal: AbortSignal | undefined,
  onLoss: () => void,
): Promise<T> {
  if (signal === undefined) return answer
  return new Promise((resolve, reject) => {
    const lose = () => {
      reject(signal.reason)
      onLoss()
    }
    const settled = () => signal.removeEventListener('abort', lose)
    signal.addEventListener('abort', lose, { once: true })
    answer.then(resolve, reject).then(settled)
    if (signal.aborted) lose()
  })
}
