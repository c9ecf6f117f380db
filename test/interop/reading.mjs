// For the clients in JavaScript: waiting for what their consumers get.
import { EventEmitter, once } from 'node:events'

const told = new EventEmitter().setMaxListeners(0)

/** A consumer has a record, or other partitions. */
export const tellNews = () => told.emit('news')

/** Waits for a condition, which is looked at whenever there is news. */
export async function until(condition) {
  while (!condition()) await once(told, 'news')
}

/** With a client's `reader`: reads so many records of a topic. */
export function readingBy(reader) {
  return async (topic, count, options) => {
    const one = await reader(topic, options)
    try {
      return await one.until(count)
    } finally {
      await one.close()
    }
  }
}

export const values = (found) => found.map(({ value }) => value.toString())
