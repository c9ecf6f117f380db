import { isBefore } from './values.mjs'

/** What a log has to hold, from what its writers have said before they died (writer.mjs). */
export class Ledger {
  /** Acknowledged: [generation, sequence] by offset. */
  #records = new Map()
  /** Taken back by a power cut, or not: the same. */
  #doubtful = new Map()
  #end = 0 // at least
  #durableEnd = 0
  #start = 0 // at least
  #highestStart = 0
  #cutFrom = Number.POSITIVE_INFINITY // a cut that may have happened
  #last = [0, -1] // sent last of what was acknowledged
  acknowledged = 0
  /** What a writer found that cannot be. */
  wrong = []

  /** One line of the process that appends in that generation. */
  take(letter, [first = 0, count = 0, sequence = 0], generation) {
    if (letter === 'O') this.#opened(first, count)
    if (letter === 'a' || letter === 's') this.#acknowledge(first, count, sequence, generation)
    if (letter === 's') this.#durableEnd = Math.max(this.#durableEnd, first + count)
    if (letter === 'f') this.#durableEnd = Math.max(this.#durableEnd, first)
    if (letter === 't') this.#cutFrom = first
    if (letter === 'T') this.#cutTo(first)
    if (letter === 'd') this.#highestStart = Math.max(this.#highestStart, first)
    if (letter === 'D') this.#start = this.#highestStart = first
  }

  /** The end below which nothing may be missing. */
  get #promised() {
    return Math.min(this.#end, this.#cutFrom)
  }

  #opened(start, end) {
    if (end < this.#promised)
      this.wrong.push(`opened at ${end}, and ${this.#promised} was promised`)
    this.#checkStart(start, this.wrong)
    if (this.#cutFrom < Number.POSITIVE_INFINITY) this.#cutTo(end)
    this.#start = this.#highestStart = start
    this.#end = end
  }

  #checkStart(start, wrong) {
    if (start >= this.#start && start <= this.#highestStart) return
    wrong.push(`starts at ${start}, not from ${this.#start} to ${this.#highestStart}`)
  }

  #acknowledge(base, count, sequence, generation) {
    for (let i = 0; i < count; i++) {
      const offset = base + i
      if (this.#records.has(offset)) this.wrong.push(`offset ${offset} was given out twice`)
      this.#records.set(offset, [generation, sequence + i])
    }
    const last = [generation, sequence + count - 1]
    if (isBefore(this.#last, last)) this.#last = last
    this.#end = Math.max(this.#end, base + count)
    this.acknowledged += count
  }

  #cutTo(end) {
    for (const offset of this.#records.keys()) if (offset >= end) this.#records.delete(offset)
    this.#cutFrom = Number.POSITIVE_INFINITY
    this.#end = end
    this.#durableEnd = Math.min(this.#durableEnd, end)
  }

  /** A power cut: only what was durable is promised any more. */
  losePower() {
    const end = Math.min(this.#durableEnd, this.#promised)
    for (const [offset, sender] of this.#records) {
      if (offset < end) continue
      this.#doubtful.set(offset, sender)
      this.#records.delete(offset)
    }
    this.#end = this.#durableEnd = end
    this.#cutFrom = Number.POSITIVE_INFINITY
    this.#last = [0, -1]
  }

  /**
   * Compares with what visit.mjs found, and takes it as the truth from then on.
   *
   * @returns how many records are lost, how many acknowledged ones a power cut has rightly taken,
   * and sentences on what is wrong
   */
  compare(found) {
    const wrong = [...this.wrong.splice(0), ...found.faults]
    const lost = Math.max(this.#promised - found.end, 0)
    this.#checkStart(found.start, wrong)
    let previous = [0, -1]
    found.senders.forEach((sender, index) => {
      const offset = found.start + index
      const fault = sender === null ? 'was never sent' : this.#faultOf(offset, sender, previous)
      if (fault !== undefined) wrong.push(`the record at ${offset} ${fault}`)
      previous = sender ?? previous
    })
    const taken = [...this.#doubtful.keys()].filter((offset) => offset >= found.end).length
    this.#adopt(found)
    return { lost, taken, wrong }
  }

  #faultOf(offset, sender, previous) {
    if (!isBefore(previous, sender)) return `(${sender}) was sent before the one before it`
    const known = this.#records.get(offset)
    if (known !== undefined) {
      return isSame(known, sender) ? undefined : `is ${sender}, and ${known} was acknowledged`
    }
    const doubtful = this.#doubtful.get(offset)
    if (doubtful !== undefined && !isSame(doubtful, sender) && doubtful[0] >= sender[0]) {
      return `is ${sender}, and was ${doubtful}`
    }
    // Behind everything that was acknowledged stands only what was sent later.
    const isBack = offset >= this.#end && !isBefore(this.#last, sender)
    return isBack ? `(${sender}) was cut before` : undefined
  }

  #adopt({ start, end, senders }) {
    this.#records = new Map(senders.map((sender, index) => [start + index, sender]))
    this.#doubtful.clear()
    this.#cutFrom = Number.POSITIVE_INFINITY
    this.#start = this.#highestStart = start
    this.#end = this.#durableEnd = end
    this.#last = senders.at(-1) ?? [0, -1]
  }
}

function isSame(one, other) {
  return one[0] === other[0] && one[1] === other[1]
}
