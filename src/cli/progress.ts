const intervalMs = 100

/** A line on a terminal's standard error that says how far something is; elsewhere nothing. */
export class Progress {
  readonly #isShown = process.stderr.isTTY === true
  #last = 0

  show(text: string): void {
    const now = performance.now()
    if (!this.#isShown || now - this.#last < intervalMs) return
    this.#last = now
    process.stderr.write(`\r\x1b[K${text}`)
  }

  clear(): void {
    if (this.#isShown) process.stderr.write('\r\x1b[K')
  }
}
