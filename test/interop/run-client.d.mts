export interface Answer {
  readonly feature: string
  readonly result: string
  readonly note?: string
}

export function judged(lines: readonly string[], ending: string): Answer[]
