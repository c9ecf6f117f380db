/** A timer that is started over and over. It keeps the event loop alive only while it is held. */
export class Deadline {
  readonly #act: () => void
  #timer: NodeJS.Timeout | undefined
  #ms = 0
  #held = false

  constructor(act: () => void) {
    this.#act = act
  }

  /** From now on `ms` milliseconds, whatever was left before. */
  start(ms: number): void {
    if (this.#timer !== undefined && this.#ms === ms) {
      this.#timer.refresh()
      return
    }
    clearTimeout(this.#timer)
    this.#ms = ms
    this.#timer = setTimeout(this.#act, ms)
    if (!this.#held) this.#timer.unref()
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  /** Whether somebody waits for what the timer does. */
  hold(held: boolean): void {
    if (held === this.#held) return
    this.#held = held
    if (held) this.#timer?.ref()
    else this.#timer?.unref()
  }
}
