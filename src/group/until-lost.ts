/** The answer; `onLoss` is called where `signal` aborts before it is there. */
export async function untilLost<T>(
  answer: Promise<T>,
  signal: AbortSignal | undefined,
  onLoss: () => void,
): Promise<T> {
  if (signal?.aborted) onLoss()
  signal?.addEventListener('abort', onLoss, { once: true })
  try {
    return await answer
  } finally {
    signal?.removeEventListener('abort', onLoss)
  }
}
