// All groups, in the order in which they run.
import { append } from './append.mjs'
import { floors } from './floors.mjs'

/** @type {import('../lib/runner.mjs').Group[]} */
export const groups = [...floors, ...append]
