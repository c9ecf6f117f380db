import { onTestFinished } from 'vitest'
import { type Engine, type OpenOptions, open } from '../../src/engine.js'
import { memoryDirectory } from './logs.js'

/** A data directory that goes when the test has finished. */
export function dataDirectory(): string {
  return `${memoryDirectory()}/data`
}

/** An engine that is closed when the test has finished. */
export async function openEngine(
  directory = dataDirectory(),
  options: OpenOptions = {},
): Promise<Engine> {
  const groups = { offsetsTopicNumPartitions: 2, groupMinSessionTimeoutMs: 10 }
  const engine = await open(directory, { flush: 'os', groups, ...options })
  onTestFinished(() => engine.close().catch(() => {}))
  return engine
}
