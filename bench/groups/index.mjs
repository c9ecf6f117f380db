// All groups, in the order in which they run.
import { append } from './append.mjs'
import { broker } from './broker.mjs'
import { clients } from './clients.mjs'
import { coordinator } from './coordinator.mjs'
import { floors } from './floors.mjs'
import { memorySpeed } from './memory-speed.mjs'
import { micro } from './micro.mjs'
import { sync } from './sync.mjs'
import { terminal } from './terminal.mjs'

/** @type {import('../lib/runner.mjs').Group[]} */
export const groups = [
  ...floors,
  ...append,
  ...memorySpeed,
  ...sync,
  ...terminal,
  ...clients,
  ...coordinator,
  ...broker,
  ...micro,
]
