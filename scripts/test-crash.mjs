// Kills processes that append, at any moment, and compares what is then there with what they had
// acknowledged: npm run test:crash -- [--cycles N] [--seed S] [--jobs N] [--json] [--lie]
// With --lie the writers acknowledge too early, which has to be found.
import { runKills } from '../test/crash/kills.mjs'
import { CampaignProgress, campaignOptions } from './campaign.mjs'

const { cycles, seed, jobs, json, lie } = campaignOptions({ cycles: 1000, jobs: 2 }, ['lie'])
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
  seed,
  jobs,
  lie: lie ? 'early' : undefined,
  report: (so) => progress.tell(() => described(so)),
})
const { seconds } = progress
for (const failure of failures.slice(0, 20)) progress.say(failure)
if (json) console.log(JSON.stringify({ ...tally, seed, seconds }))
else console.log(`crash: ${described(tally)}; seed ${seed}, ${seconds} s`)
process.exitCode = failures.length > 0 || tally.cycles < cycles ? 1 : 0
