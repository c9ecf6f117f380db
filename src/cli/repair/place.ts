import { type Survey, surveyOf } from './survey.js'

/** The partition that is being repaired. */
export class Place {
  readonly directory: string
  /** Where its checkpoints are: the data directory, or its own. */
  readonly root: string
  /** Only tell what would be done. */
  readonly dryRun: boolean
  #survey: Promise<Survey> | undefined

  constructor(directory: string, root: string, dryRun: boolean) {
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
