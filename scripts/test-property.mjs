// Random sequences of calls against the model, as many as wanted, by the tests of test/property:
// npm run test:property -- [--runs N] [--seed S]
import { join } from 'node:path'
import { CampaignProgress, campaignOptions } from './campaign.mjs'
import { packageFolder, runHere } from './tools.mjs'

const { runs, seed, json } = campaignOptions({ runs: 1000 })
const progress = new CampaignProgress('property')
progress.say(`${runs} sequences with --seed ${seed}`)
const vitest = join(packageFolder('vitest'), 'vitest.mjs')
const code = runHere(process.execPath, [vitest, 'run', 'test/property'], {
  DURAMEN_SEED: String(seed),
  DURAMEN_RUNS: String(runs),
})
const { seconds } = progress
const result = code === 0 ? 'agree with the model' : 'FAILED'
if (json) console.log(JSON.stringify({ runs, failed: code === 0 ? 0 : 1, seed, seconds }))
else console.log(`property: ${runs} sequences ${result}; seed ${seed}, ${seconds} s`)
process.exitCode = code
