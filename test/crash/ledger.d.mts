type Sender = readonly [generation: number, sequence: number]

export interface Found {
  readonly start: number
  readonly end: number
  readonly senders: readonly (Sender | null)[]
  readonly faults: string[]
}

export class Ledger {
  take(letter: string, numbers: readonly number[], generation: number): void
  losePower(): void
  compare(found: Found): { lost: number; taken: number; wrong: string[] }
}
