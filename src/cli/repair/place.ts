import { type Survey, surveyOf } from './survey.js'

/** Where a partition stands, as it was found. */
export interface Where {
  readonly directory: string
  /** The directory that has its lock and checkpoints: the data directory, or its own. */
  readonly root: string
}

/** The partition that is being repaired. */
export class Place implements Where {
  readonly directory: string
  readonly root: string
  /** Only tell what would be done. */
  readonly dryRun: boolean
  #survey: Promise<Survey> | undefined

  constructor({ directory, root }: Where, dryRun: boolean) {
    this.directory = directory
    this.root = root
    this.dryRun = dryRun
  }

  /** What stands in the segments, as of the last `changed`. */
  survey(): Promise<Survey> {
    this.#survey ??= surveyOf(this.directory)
    return this.#survey
  }

  changed(): void {
    this.#survey = undefined
  }
}
