// Cuts the power of an ext4 file system under processes that append, and compares what is there
// after the restart with what they had acknowledged as durable:
// npm run test:power:real -- [--cuts N] [--seed S] [--json]
// Then the same with writers that lie about it, which has to be found. Takes root on Linux: it ends
// with 3 where there is none, and then nothing was tested.
import { CutDisk, inOwnNamespace, whyNoCuts, whyNoNamespace } from '../test/crash/cut-disk.mjs'
import { runCuts } from '../test/crash/cuts.mjs'
import { CampaignProgress, campaignOptions } from './campaign.mjs'

const notTested = 3
const canaryCuts = 5

function described({ cuts, acknowledged, lost, taken, wrong, failedToReopen }) {
  return (
    `${cuts} cuts, ${acknowledged} records acknowledged: ${lost} durable ones lost, ${taken} ` +
    `others lost as policies allow, ${wrong} wrong, ${failedToReopen} failures to reopen`
  )
}

async function onNewDisk(options) {
  const disk = new CutDisk()
  try {
    disk.make()
    return await runCuts(disk, options)
  } finally {
    disk.remove()
  }
}

async function main() {
  const { cuts, seed, json } = campaignOptions({ cuts: 20 })
  const progress = new CampaignProgress('power')
  let refusal = whyNoNamespace()
  if (refusal === undefined) {
    const inner = await inOwnNamespace()
    if (inner !== undefined) return inner
    refusal = await whyNoCuts()
  }
  if (refusal !== undefined) {
    progress.say(`NOT TESTED: ${refusal}`)
    return notTested
  }
  progress.say(`${cuts} cuts with --seed ${seed}`)
  const report = (so) => progress.tell(() => described(so))
  const { failures, ...tally } = await onNewDisk({ cuts, seed, report })
  for (const failure of failures) progress.say(failure)
  const canary = await onNewDisk({ cuts: canaryCuts, seed, lie: 'durable' })
  const isFound = canary.lost > 0
  if (!isFound) progress.say(`writers that lie were not found in ${canary.cuts} cuts`)
  const { seconds } = progress
  if (json) console.log(JSON.stringify({ ...tally, lostByLiars: canary.lost, seed, seconds }))
  else {
    console.log(
      `power: ${described(tally)}; writers that lie lost ${canary.lost}; seed ${seed}, ${seconds} s`,
    )
  }
  return failures.length === 0 && isFound ? 0 : 1
}

process.exitCode = await main()
