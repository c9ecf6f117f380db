// Kills processes that append, at any moment, and compares what is then there with what they had
// acknowledged: npm run test:crash -- [--cycles N] [--seconds N] [--seed S] [--jobs N] [--json]
// It ends after so many cycles or seconds, whichever comes first. With --lie the writers acknowledge
// too early, which has to be found.
import { runKills } from '../test/crash/kills.mjs'
import { CampaignProgress, campaignOptions } from './campaign.mjs'

const numbers = { cycles: 1000, seconds: 24 * 3600, jobs: 2 }
const { cycles, seconds, seed, jobs, json, lie } = campaignOptions(numbers, ['lie'])
const progress = new CampaignProgress('crash')

function described({ cycles: done, kills, acknowledged, lost, wrong, failedToReopen }) {
  return (
    `${done} cycles, ${kills} kills, ${acknowledged} records acknowledged: ${lost} lost, ` +
    `${wrong} wrong, ${failedToReopen} failures to reopen`
  )
}

progress.say(`${cycles} cycles with --seed ${seed}, ${jobs} at a time`)
const { failures, ...tally } = await runKills({
  cycles,
  seconds,
  seed,
  jobs,
  lie: lie ? 'early' : undefined,
  report: (so) => progress.tell(() => described(so)),
})
for (const failure of failures.slice(0, 20)) progress.say(failure)
if (json) console.log(JSON.stringify({ ...tally, seed, seconds: progress.seconds }))
else console.log(`crash: ${described(tally)}; seed ${seed}, ${progress.seconds} s`)
process.exitCode = failures.length > 0 ? 1 : 0
