// Kills processes that append, at any moment, and compares what is then there with what they had
// acknowledged: npm run test:crash -- [--cycles N] [--seconds N] [--seed S] [--jobs N] [--json]
// It ends after so many cycles or seconds, whichever comes first. With --lie the writers acknowledge
// too early, which has to be found. With --engine whole engines are killed, one at a time, that make
// topics, send records and commit offsets.
import { runEngineKills } from '../test/crash/engine-kills.mjs'
import { runKills } from '../test/crash/kills.mjs'
import { CampaignProgress, campaignOptions } from './campaign.mjs'

const numbers = { cycles: 1000, seconds: 24 * 3600, jobs: 2 }
const { engine, lie, json, ...options } = campaignOptions(numbers, ['engine', 'lie'])
const { cycles, seed } = options
const progress = new CampaignProgress('crash')

function described({ cycles: done, kills, acknowledged, lost, wrong, failedToReopen }) {
  return (
    `${done} cycles, ${kills} kills, ${acknowledged} records acknowledged: ${lost} lost, ` +
    `${wrong} wrong, ${failedToReopen} failures to reopen`
  )
}

async function killWriters() {
  const { failures, ...tally } = await runKills({
    ...options,
    lie: lie ? 'early' : undefined,
    report: (so) => progress.tell(() => described(so)),
  })
  return { failures, tally, told: described(tally) }
}

async function killEngines() {
  const tell = (so) => `${so.cycles} cycles, ${so.acknowledged} acknowledgements`
  const tally = await runEngineKills({ ...options, report: (so) => progress.tell(() => tell(so)) })
  return {
    failures: tally.failures,
    tally,
    told: `${tell(tally)}, ${tally.failures.length} faults`,
  }
}

progress.say(`${cycles} cycles with --seed ${seed}`)
const { failures, tally, told } = await (engine ? killEngines() : killWriters())
for (const failure of failures.slice(0, 20)) progress.say(failure)
if (json) console.log(JSON.stringify({ ...tally, seed, seconds: progress.seconds }))
else console.log(`crash: ${told}; seed ${seed}, ${progress.seconds} s`)
process.exitCode = failures.length > 0 ? 1 : 0
