import { availableParallelism } from 'node:os'
import { Limit } from '../limit.js'

/**
 * For what compresses on the thread pool: one processor is left to the event loop, which else comes to
 * its turn only when a thread has used up its own (p99 of its delay 39 instead of 14 ms, lz4 on two).
 */
export const compressions = new Limit(Math.max(availableParallelism() - 1, 1))
