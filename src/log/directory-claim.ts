import { loadNative, type NativeDirectory } from '../binding.js'
import { call } from './call.js'

/**
 * A data directory as a whole, held by this process: by one holder at a time, which decides what
 * logs there are in it. Logs are opened there as ever, and keep the lock after `release`.
 */
export class DirectoryClaim {
  readonly #native: NativeDirectory

  private constructor(native: NativeDirectory) {
    this.#native = native
  }

  /**
   * @throws DuramenError `ERR_LOCKED` that names the holder, `ERR_NOT_FOUND`, `ERR_ACCESS`,
   * `ERR_READ_ONLY`, `ERR_CORRUPT_LOG`, `ERR_IO`
   */
  static async take(directory: string): Promise<DirectoryClaim> {
    return new DirectoryClaim(
      await call<NativeDirectory>((done) => loadNative().claimDirectory(directory, done)),
    )
  }

  /** Drops a topic, whose logs are closed, from the checkpoints of the directory; durable. */
  forget(topic: string): Promise<void> {
    return call<void>((done) => this.#native.forget(topic, done))
  }

  release(): Promise<void> {
    return call<void>((done) => this.#native.release(done))
  }
}
