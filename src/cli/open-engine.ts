import { type Engine, open } from '../engine.js'

/** Opens a data directory that is there. Retention is left to whoever runs it for long. */
export function openEngine(dir: string): Promise<Engine> {
  return open(dir, { create: false, retentionCheckIntervalMs: 0 })
}
