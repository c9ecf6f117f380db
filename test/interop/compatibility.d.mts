import type { Answer } from './run-client.mjs'

export interface Outcome {
  readonly name: string
  readonly language: string
  readonly version: string
  readonly results?: readonly Answer[]
  readonly leftOut?: string
}

export function compatibility(
  outcomes: readonly Outcome[],
  made?: { readonly date?: Date; readonly node?: string },
): string
