import { intactBatches } from './intact-batches.js'
import type { Survey } from './survey.js'

/** The text of a `leader-epoch-checkpoint` that agrees with the batches. */
export async function epochsOf(survey: Survey): Promise<string> {
  const lines: string[] = []
  let last = -1
  for await (const { header } of intactBatches(survey)) {
    if (header.partitionLeaderEpoch <= last) continue
    last = header.partitionLeaderEpoch
    lines.push(`${last} ${header.baseOffset}\n`)
  }
  return `0\n${lines.length}\n${lines.join('')}`
}
