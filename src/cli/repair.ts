import { readdir, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { loadNative } from '../binding.js'
import { DuramenError } from '../errors.js'
import { faultsOf } from '../log/files/faults.js'
import { kindOf } from '../log/files/kinds.js'
import { systemError } from '../log/files/system-error.js'
import type { VerifyFinding } from '../log/index.js'
import { listTopics, partitionPath } from '../topic/index.js'
import { isPartition } from './check-partition.js'
import { describeFinding } from './describe-finding.js'
import { flag } from './options.js'
import { Progress } from './progress.js'
import type { Mended, OffsetRange } from './repair/mend.js'
import { type Repair, repairPartition } from './repair/partition.js'
import { Place, type Where } from './repair/place.js'
import type { Verb } from './verb.js'
import { counted } from './words.js'

const options = {
  'dry-run': flag('say what would be done, and change nothing; exit code 1 if that is something'),
}

export const repair: Verb<typeof options> = {
  argument: '[PATH]',
  options,
  examples: [
    'duramen repair --dry-run',
    'duramen repair data/clicks-0',
    'duramen repair /var/lib/kafka --json',
  ],
  async run({ argument, options: { dir, json, 'dry-run': dryRun }, output, signal }) {
    const path = resolve(argument || dir)
    const partitions = await partitionsAt(path)
    const places = partitions.map(whereIs)
    const planned = await planAll(places, signal)
    const isIdle = dryRun || planned.every(({ mended }) => mended.length === 0)
    const repairs = isIdle ? planned : await repairAll(places, planned, signal)
    const { mended, left } = await gathered(repairs, places)
    const isDone = left.length === 0 && !(dryRun && mended.length > 0)
    if (json) {
      const report = { path, dryRun, sound: isDone, partitions, mended, left }
      await output.write(`${JSON.stringify(report)}\n`)
    } else {
      for (const one of mended) await output.write(`${describeMended(one, dryRun)}\n`)
      for (const one of left) await output.write(`${describeFinding(one)}: left as it is\n`)
      await output.write(`${path}: ${summary(mended.length, left.length, dryRun)}\n`)
    }
    return isDone ? 0 : 1
  },
}

/** @throws DuramenError `ERR_LOCKED` where a process has it open for appending */
function whereIs(directory: string): Where {
  const { root } = loadNative().lockDirectory(directory, true)
  return { directory, root }
}

async function partitionsAt(path: string): Promise<string[]> {
  const stats = await stat(path).catch((error) => {
    throw systemError(error, path)
  })
  if (!stats.isDirectory()) {
    const message = `${path} is a file; give the directory of a partition, or a data directory`
    throw new DuramenError('ERR_NOT_A_DIRECTORY', message, { path })
  }
  if (await isPartition(path)) return [path]
  const topics = await listTopics(path)
  const found = topics.flatMap(({ name, partitions }) =>
    partitions.map((number) => partitionPath(path, name, number)),
  )
  const used = await Promise.all(found.map(isPartition))
  const partitions = found.filter((_, i) => used[i])
  if (partitions.length > 0) return partitions
  const message = `${path} holds no partition with a segment, so there is nothing to repair`
  throw new DuramenError('ERR_NOT_FOUND', `${message}; give a data directory of a log`, { path })
}

/** What would be done, beside nobody who appends. */
async function planAll(places: readonly Where[], signal: AbortSignal): Promise<Repair[]> {
  const progress = new Progress()
  const planned: Repair[] = []
  for (const place of places) {
    signal.throwIfAborted()
    progress.show(`checking ${basename(place.directory)}`)
    planned.push(await repairPartition(new Place(place, true)))
  }
  progress.clear()
  return planned
}

/** Where there is something to do; the others stay untouched. */
async function repairAll(
  places: readonly Where[],
  planned: readonly Repair[],
  signal: AbortSignal,
): Promise<Repair[]> {
  const progress = new Progress()
  const repairs: Repair[] = []
  for (const [i, place] of places.entries()) {
    signal.throwIfAborted()
    progress.show(`repairing ${basename(place.directory)}`)
    const plan = planned[i] as Repair
    repairs.push(plan.mended.length === 0 ? plan : await repairOne(place))
  }
  progress.clear()
  return repairs
}

/**
 * The lock is given back after each partition: that brings back the mark of a clean shutdown, without
 * which the next would count as one that was killed.
 */
async function repairOne(place: Where): Promise<Repair> {
  const lock = loadNative().lockDirectory(place.directory, false)
  try {
    return await repairPartition(new Place(place, false))
  } finally {
    lock.release()
  }
}

/** One repair of these; the files that partitions share are named once. */
async function gathered(repairs: readonly Repair[], places: readonly Where[]): Promise<Repair> {
  const all = repairs.flatMap(({ mended }) => mended)
  const isSame = (one: Mended, other: Mended) => one.path === other.path && one.what === other.what
  const mended = all.filter((one, i) => all.findIndex((other) => isSame(one, other)) === i)
  const left = repairs.flatMap((one) => one.left)
  const roots = places.filter(({ directory, root }) => root !== directory).map(({ root }) => root)
  for (const root of new Set(roots)) left.push(...(await leftIn(root, mended)))
  return { mended, left }
}

/** What is wrong in the files that partitions share. */
async function leftIn(root: string, mended: readonly Mended[]): Promise<VerifyFinding[]> {
  const left: VerifyFinding[] = []
  for (const name of (await readdir(root)).sort()) {
    const path = join(root, name)
    const isMended = mended.some((one) => one.path === path)
    if (kindOf(name) !== undefined && !isMended) left.push(...(await faultsOf(path)))
  }
  return left
}

function describeMended({ path, what, how, lost, movedTo }: Mended, dryRun: boolean): string {
  const gone = lost === undefined ? '' : `; offsets ${lost.map(rangeText).join(', ')} are lost`
  const old = movedTo === undefined ? '' : `; the old one is ${movedTo}`
  return `${path}: ${what}: ${dryRun ? 'to be ' : ''}${how}${gone}${old}`
}

function rangeText({ fromOffset, toOffset }: OffsetRange): string {
  return fromOffset === toOffset ? `${fromOffset}` : `${fromOffset} to ${toOffset}`
}

function summary(mended: number, left: number, dryRun: boolean): string {
  if (mended + left === 0) return 'sound, nothing to mend'
  const remain = left === 0 ? '' : `, ${counted(left, 'fault')} that cannot be mended`
  return `${counted(mended, 'thing')} ${dryRun ? 'to mend' : 'mended'}${remain}`
}
