// Resident memory of a process, and pages that the machine has touched before anything is timed.
import { closeSync, ftruncateSync, openSync, readFileSync, readSync } from 'node:fs'
import { freemem } from 'node:os'

const MIB = 1 << 20

/**
 * Anonymous resident memory: heaps and stacks, not the page cache that a mapping shows.
 * Read from status, because smaps_rollup takes the lock that page faults need.
 * @param {number | 'self'} pid
 * @returns {number | undefined} bytes; undefined off Linux, or when the process is gone
 */
export function anonymousBytes(pid = 'self') {
  try {
    const line = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))
    return line ? Number(line[1]) * 1024 : undefined
  } catch {
    return undefined
  }
}

/**
 * Polls another process; the result is the highest value seen.
 * @param {number} pid
 * @returns {() => number | undefined} stops polling
 */
export function watchAnonymousPeak(pid) {
  /** @type {number | undefined} */
  let peak
  const sample = () => {
    const now = anonymousBytes(pid)
    if (now !== undefined && (peak === undefined || now > peak)) peak = now
  }
  const timer = setInterval(sample, 25)
  return () => {
    clearInterval(timer)
    return peak
  }
}

/**
 * Page memory that was touched once and is kept for the trials, as the page cache of a file that is
 * all hole. A virtual machine gives pages that lie free for a second back to its host, and the next
 * first touch of them is ten times slower: so a trial asks for what it needs right before its clock
 * starts, and the reserve takes it back afterwards.
 */
export class PageReserve {
  #file
  #bytes
  #held = 0

  /**
   * @param {string} path of the file; it is removed with its directory
   * @param {number} bytes at most half of what is free is taken
   */
  constructor(path, bytes) {
    this.#file = openSync(path, 'w+')
    this.#bytes = Math.floor(Math.min(bytes, freemem() / 2) / MIB) * MIB
  }

  get bytes() {
    return this.#bytes
  }

  /** Takes all of it (again). */
  fill() {
    ftruncateSync(this.#file, this.#bytes)
    const block = Buffer.allocUnsafe(MIB)
    for (; this.#held < this.#bytes; this.#held += MIB) {
      readSync(this.#file, block, 0, MIB, this.#held)
    }
  }

  /**
   * Frees `bytes`, or all there is.
   * @param {number} bytes
   */
  release(bytes) {
    this.#held = Math.max(0, this.#held - Math.ceil(bytes / MIB) * MIB)
    ftruncateSync(this.#file, this.#held)
  }

  close() {
    closeSync(this.#file)
  }
}
