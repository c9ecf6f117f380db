import { expect, test } from 'vitest'
import { itemsIn, messageKinds, nameOf, randomFrame } from '../support/messages.js'
import { mutated } from '../support/mutations.js'
import { numbers } from '../support/random.mjs'

// DURAMEN_SEED repeats a run, DURAMEN_RUNS sets how many messages of each kind and version it has.
const seed = Number(process.env.DURAMEN_SEED ?? Date.now() % 2 ** 31)
const runs = Number(process.env.DURAMEN_RUNS ?? 20)

const mostItems = 500

test(`with DURAMEN_SEED=${seed}, any bytes are a message within the limit, or refused`, {
  timeout: 60_000 + runs * 1000,
}, () => {
  const random = numbers(seed)
  let read = 0
  for (let run = 0; run < runs; run++) {
    for (const of of messageKinds) {
      const frame = mutated(randomFrame(of, random), random)
      try {
        const items = itemsIn(of, frame, mostItems)
        if (items === undefined) continue
        read++
        if (of.kind === 'request') expect(items).toBeLessThanOrEqual(mostItems)
      } catch (error) {
        throw new Error(`${nameOf(of)}: ${frame.toString('hex')}`, { cause: error })
      }
    }
  }
  // Else the changes are so coarse that nothing is looked at behind the first field.
  expect(read).toBeGreaterThan((runs * messageKinds.length) / 10)
})
