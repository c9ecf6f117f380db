// A member of a group that reads on, beside another one.
import { spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { createInterface } from 'node:readline'
import { bootstrap } from '../feature.mjs'

const told = new EventEmitter()

/** Waits for a condition, which is looked at whenever a member has said something. */
async function until(condition) {
  while (!condition()) await once(told, 'line')
}

export function staying(topic, group) {
  const options = ['-X', 'auto.offset.reset=earliest', '-u', '-f', '%s\n']
  const child = spawn('kcat', ['-b', bootstrap, '-G', group, ...options, topic])
  process.once('exit', () => child.kill('SIGKILL'))
  const found = []
  let assigned = 0
  createInterface({ input: child.stdout }).on('line', (line) => {
    found.push(line)
    told.emit('line')
  })
  createInterface({ input: child.stderr }).on('line', (line) => {
    const [, partitions] = / rebalanced .*: assigned: (.*)$/.exec(line) ?? []
    if (partitions !== undefined) assigned = partitions.split(', ').length
    told.emit('line')
  })
  return {
    found,
    until,
    untilAssigned: (count) => until(() => assigned === count),
    async leave() {
      child.kill('SIGTERM')
      await once(child, 'close')
    },
  }
}
