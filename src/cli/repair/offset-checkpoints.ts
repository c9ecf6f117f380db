import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { faultsOf } from '../../log/files/faults.js'
import { isSegmentName } from '../../log/files/kinds.js'
import { offsetCheckpoint } from '../../log/files/text-files.js'
import { partitionDirectory, topicPartitionOf } from '../../log/names.js'
import type { Mend } from './mend.js'
import type { Place } from './place.js'
import { replaceAndKeep } from './set-aside.js'

export const recoveryPointName = 'recovery-point-offset-checkpoint'
export const logStartName = 'log-start-offset-checkpoint'
export const cleanerName = 'cleaner-offset-checkpoint'

/** Offsets by topic and partition, `clicks 0`. */
type Lines = Map<string, number>

const consequences: { readonly [name: string]: string } = {
  [recoveryPointName]: '; for other logs it has the start of their last segment',
  [logStartName]: '; other logs start where their watermark or first segment says',
  [cleanerName]: '; gaps in other logs are damage until a repair has looked at them',
}

/** Checkpoints that do not parse. */
export async function offsetCheckpointMends({ root }: Place): Promise<Mend[]> {
  const mends: Mend[] = []
  for (const name of (await readdir(root)).filter(offsetCheckpoint.matches).sort()) {
    const path = join(root, name)
    const [first] = await faultsOf(path)
    if (first === undefined) continue
    mends.push({
      path,
      what: first.what,
      how: `written anew with the lines that parse${consequences[name] ?? ''}`,
      apply: () => writeAnew(path, root),
    })
  }
  return mends
}

async function writeAnew(path: string, root: string): Promise<string | undefined> {
  const lines = linesOf(await readFile(path))
  if (basename(path) === recoveryPointName) await addRecoveryPoints(lines, root)
  return replaceAndKeep(path, textOf(lines))
}

/** Every line counts that can be one, wherever it stands. */
function linesOf(bytes: Buffer): Lines {
  const all = Buffer.concat([Buffer.from('0\n0\n'), bytes])
  const lines: Lines = new Map()
  for (const { fault, topic, partition, offset } of offsetCheckpoint.entries(all, '')) {
    if (fault === undefined && topic !== undefined)
      lines.set(`${topic} ${partition}`, Number(offset))
  }
  return lines
}

function textOf(lines: Lines): string {
  const text = [...lines].map(([log, offset]) => `${log} ${offset}\n`)
  return `0\n${lines.size}\n${text.join('')}`
}

/**
 * Without any, damage in a log that has no watermark would be its end. Segments before the last were
 * flushed as they were sealed.
 */
async function addRecoveryPoints(lines: Lines, root: string): Promise<void> {
  const names = await readdir(root)
  const inside = names.filter((name) => partitionDirectory(name) !== undefined)
  const directories = names.some(isSegmentName) ? [root] : inside.map((name) => join(root, name))
  for (const directory of directories) {
    const base = await lastBaseOf(directory)
    const log = logName(directory)
    if (base !== undefined && !lines.has(log)) lines.set(log, base)
  }
}

async function lastBaseOf(directory: string): Promise<number | undefined> {
  const names = await readdir(directory).catch(() => [])
  const last = names.filter(isSegmentName).sort().at(-1)
  const base = last === undefined ? undefined : Number.parseInt(last, 10)
  return Number.isSafeInteger(base) ? base : undefined
}

function logName(directory: string): string {
  const { topic, partition } = topicPartitionOf(directory)
  return `${topic} ${partition}`
}

/** Lines that are beyond what the log has. */
export async function offsetLineMends(place: Place): Promise<Mend[]> {
  const { directory, root } = place
  const { report } = await place.survey()
  const corrections: { readonly [name: string]: () => Promise<number | undefined> } = {
    [recoveryPointName]: () => lastBaseOf(directory),
    [logStartName]: async () => undefined,
  }
  return report.findings.flatMap(({ path, what }) => {
    const offset = path === join(root, basename(path)) ? corrections[basename(path)] : undefined
    if (offset === undefined) return []
    const how = 'written anew with what the log has'
    return [{ path, what, how, apply: async () => setLine(path, directory, await offset()) }]
  })
}

/** Puts a log's line down, or leaves it out; where the old file lies. */
export async function setLine(
  path: string,
  directory: string,
  offset: number | undefined,
): Promise<string | undefined> {
  const lines = linesOf(await readFile(path).catch(() => Buffer.alloc(0)))
  if (offset === undefined) lines.delete(logName(directory))
  else lines.set(logName(directory), offset)
  return replaceAndKeep(path, textOf(lines))
}
