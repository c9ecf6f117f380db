// CPU time of another process, and of the machine.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))

/**
 * Of all threads that it has and had, in the kernel and outside.
 * @param {number} pid
 * @returns {number} seconds
 */
export function cpuSeconds(pid) {
  const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
  // The name, in brackets, may hold anything; utime and stime are the 12th and 13th behind it.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
}

/** Fields of the first line of /proc/stat that are time at work; what is behind them the host took. */
const busyFields = [1, 2, 3, 6, 7]
const stolenField = 8

/**
 * Tells, each time it is called, which share of the time that the machine's processors would have worked
 * since was the host's, who gave it to others.
 * @returns {() => number}
 */
export function stolenShare() {
  const read = () => {
    const fields = readFileSync('/proc/stat', 'latin1').split('\n', 1)[0].split(/ +/).map(Number)
    return { busy: busyFields.reduce((sum, i) => sum + fields[i], 0), stolen: fields[stolenField] }
  }
  const before = read()
  return () => {
    const after = read()
    const stolen = after.stolen - before.stolen
    const wanted = after.busy - before.busy + stolen
    return wanted === 0 ? 0 : stolen / wanted
  }
}
