import type { NativeFinding } from '../../binding.js'
import { DuramenError } from '../../errors.js'
import { PartitionLog } from '../../log/index.js'
import { counted } from '../words.js'
import type { Mended } from './mend.js'
import type { Place } from './place.js'
import type { Cut } from './segments.js'

/** What an opening has mended, or would; it makes indexes and checkpoints anew, too. */
export interface Recovered {
  readonly mended: readonly Mended[]
  readonly cut: Cut | undefined
}

/** Opens the log and closes it; with `dryRun` only for reading. */
export async function recover({ directory, dryRun }: Place): Promise<Recovered> {
  const log = await openFor(directory, dryRun)
  if (log === undefined) return { mended: [], cut: undefined }
  const { logStartOffset } = log
  const { findings } = log.info
  await log.close()
  const torn = findings.find(({ kind }) => kind === 'torn-tail')
  return {
    mended: findings.flatMap((finding) => mendedBy(finding, { directory, dryRun, logStartOffset })),
    cut: dryRun ? torn : undefined,
  }
}

/** Undefined where a checkpoint that is to be mended still keeps it from opening. */
async function openFor(directory: string, dryRun: boolean): Promise<PartitionLog | undefined> {
  try {
    return await PartitionLog.open(directory, { create: false, readOnly: dryRun })
  } catch (error) {
    const isRefused = error instanceof DuramenError && refusals.includes(error.code)
    if (dryRun && isRefused) return undefined
    throw error
  }
}

const refusals = ['ERR_CORRUPT_LOG', 'ERR_INVALID_ARGUMENT']

interface Opening {
  readonly directory: string
  readonly dryRun: boolean
  readonly logStartOffset: number
}

function mendedBy(finding: NativeFinding, opening: Opening): Mended[] {
  const { kind, path, bytes, movedTo, fromOffset, toOffset = -1 } = finding
  const to = movedTo === undefined ? {} : { movedTo }
  if (kind === 'torn-tail') {
    const what = `${counted(bytes, 'byte')} stand behind the last batch that counts`
    return [{ path, what, how: 'set aside and cut off', ...to }]
  }
  if (kind === 'moved-aside') {
    return [{ path, what: 'it stands outside the log', how: 'moved aside', ...to }]
  }
  // Damage is looked after by itself, and so is a lost end once a segment stands behind it.
  const isStart = fromOffset < opening.logStartOffset
  if (path !== opening.directory || !(isStart || opening.dryRun)) return []
  const how = isStart ? 'left; the log starts behind them' : 'left out; the log goes on behind them'
  return [{ path, what: 'batches are missing', how, lost: [{ fromOffset, toOffset }] }]
}
