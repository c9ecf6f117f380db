import { Consumer, type ConsumerOptions } from '../../src/consumer/index.js'
import { Topics } from './topics.js'

export const first = { topic: 'clicks', partition: 0 }
export const second = { topic: 'clicks', partition: 1 }

/** Two partitions with some records each (`<partition>-<offset>`), and a consumer that has them. */
export async function consumerOf<K = Buffer, V = Buffer>(
  counts: readonly [number, number],
  options: Partial<ConsumerOptions<K, V>> = {},
) {
  const topics = new Topics({ clicks: 2 })
  const [log, other] = await topics.open('clicks')
  if (log === undefined || other === undefined) throw new Error('two logs')
  for (let i = 0; i < counts[0]; i++) await log.append({ value: `0-${i}`, timestamp: 1000 + i })
  for (let i = 0; i < counts[1]; i++) await other.append({ value: `1-${i}`, timestamp: 1000 + i })
  const consumer = new Consumer(topics, { autoOffsetReset: 'earliest', ...options })
  await consumer.assign([first, second])
  return { topics, log, other, consumer }
}

/** The values of the next records; the loop is left on the last. */
export async function take(consumer: Consumer, count: number): Promise<string[]> {
  const values: string[] = []
  for await (const { value } of consumer) {
    values.push(String(value))
    if (values.length === count) break
  }
  return values
}
