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
  const { logStartOffset, logEndOffset } = log
  const { findings } = log.info
  const opening = { directory, logStartOffset, logEndOffset }
  await log.close()
  const torn = findings.find(({ kind }) => kind === 'torn-tail')
  return {
    mended: findings.flatMap((finding) => mendedBy(finding, opening)),
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
  readonly logStartOffset: number
  readonly logEndOffset: number
}

function mendedBy(finding: NativeFinding, opening: Opening): Mended[] {
  const { kind, path, bytes, movedTo } = finding
  const to = movedTo === undefined ? {} : { movedTo }
  if (kind === 'torn-tail') {
    const what = `${counted(bytes, 'byte')} stand behind the last batch that counts`
    return [{ path, what, how: 'set aside and cut off', ...to }]
  }
  if (kind === 'moved-aside') {
    return [{ path, what: 'it stands outside the log', how: 'moved aside', ...to }]
  }
  return lostBy(finding, opening)
}

/** Damage between batches is looked after by itself. */
function lostBy(finding: NativeFinding, opening: Opening): Mended[] {
  const { path, fromOffset, toOffset = -1 } = finding
  const lost = [{ fromOffset, toOffset }]
  if (path === opening.directory && fromOffset < opening.logStartOffset) {
    const how = 'left out, and the log starts behind them'
    return [{ path, what: 'the first batches are missing', how, lost }]
  }
  if (toOffset + 1 !== opening.logEndOffset) return []
  const how = 'left out, and the log goes on behind them'
  return [{ path, what: 'the last batches are damaged or missing', how, lost }]
}
