interface Waiting {
  readonly begin: () => void
  next?: Waiting
}

/** Runs no more than so many things at a time; the others wait, and are begun in their order. */
export class Limit {
  readonly #most: number
  // A chain, because of a long array each shift moves what is left: 4 s for 100,000 that wait.
  #first: Waiting | undefined
  #last: Waiting | undefined
  #running = 0

  constructor(most: number) {
    this.#most = most
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running < this.#most) this.#running++
    else await new Promise<void>((begin) => this.#wait({ begin }))
    try {
      return await work()
    } finally {
      this.#ended()
    }
  }

  #wait(waiting: Waiting): void {
    if (this.#first === undefined || this.#last === undefined) this.#first = waiting
    else this.#last.next = waiting
    this.#last = waiting
  }

  #ended(): void {
    const waiting = this.#first
    this.#first = waiting?.next
    if (waiting === undefined) this.#running--
    else waiting.begin()
  }
}
