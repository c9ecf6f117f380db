import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { faultsOf } from '../log/files/faults.js'
import { isSegmentName, kindOf } from '../log/files/kinds.js'
import { strangeness } from '../log/files/other-files.js'
import { isGone } from '../log/files/system-error.js'
import { offsetCheckpoint } from '../log/files/text-files.js'
import { durableMark, liveMark } from '../log/files/watermark.js'
import type { VerifyFinding, VerifyReport } from '../log/index.js'
import { partitionDirectory, segmentPath, topicPartitionOf } from '../log/names.js'
import { verifyDirectory } from '../log/verify.js'
import { isOwned } from '../topic/owner.js'

// It knows of segments that are gone.
const watermarkName = 'duramen.watermark'

/** Whether a directory is that of a partition, by what lies in it. */
export async function isPartition(directory: string): Promise<boolean> {
  const names = await readdir(directory)
  return names.some((name) => isSegmentName(name) || name === watermarkName)
}

/** What was looked at in a partition's directory, and what is wrong. */
export interface PartitionReport extends VerifyReport {
  readonly path: string
  readonly notes: readonly FileNote[]
}

/** A file that is no part of the log, which is no fault. */
export interface FileNote {
  readonly path: string
  readonly what: string
}

/**
 * Checks a partition's files: the batches and indexes natively, the small files one by one.
 *
 * @param owned whether a process may be appending to it meanwhile
 */
export async function checkPartition(directory: string, owned?: boolean): Promise<PartitionReport> {
  const marks = await marksOf(directory, owned ?? (await isOwned(directory)))
  const report = await verifyDirectory(directory, await gapsBelow(directory))
  const findings = report.findings.filter((finding) => !isUnpublished(finding, marks))
  findings.push(...(await smallFiles(directory)))
  return { ...report, path: directory, findings, notes: await notesOn(directory) }
}

/** What else lies in a directory of files of a log. */
export async function notesOn(directory: string): Promise<FileNote[]> {
  const entries = await readdir(directory, { withFileTypes: true })
  return entries
    .filter((entry) => !entry.isDirectory())
    .map(({ name }) => ({ path: join(directory, name), what: strangeness(name) }))
    .filter((note): note is FileNote => note.what !== undefined)
    .sort((a, b) => (a.path < b.path ? -1 : 1))
}

/** Logs of a data directory that no topic has, because their directories are not called `topic-N`. */
export async function notesOnOtherLogs(directory: string): Promise<FileNote[]> {
  const notes: FileNote[] = []
  for (const { name } of await subdirectories(directory)) {
    const path = join(directory, name)
    if (partitionDirectory(name) !== undefined || !(await isPartition(path))) continue
    notes.push({
      path,
      what: 'a log, not looked at: its name is no topic and number; name it itself',
    })
  }
  return notes
}

async function subdirectories(directory: string) {
  const entries = await readdir(directory, { withFileTypes: true })
  return entries.filter((entry) => entry.isDirectory()).sort((a, b) => (a.name < b.name ? -1 : 1))
}

interface Marks {
  /** Where the active segment of a log ended when we began, if a process is appending to it. */
  readonly active: { readonly path: string; readonly end: number } | undefined
}

async function marksOf(directory: string, owned: boolean): Promise<Marks> {
  const live = owned ? liveMark(await watermarkOf(directory)) : undefined
  if (live === undefined) return { active: undefined }
  const path = segmentPath(directory, live.segmentBaseOffset)
  return { active: { path, end: live.segmentEnd } }
}

function watermarkOf(directory: string): Promise<Buffer> {
  return readFile(join(directory, watermarkName)).catch(() => Buffer.alloc(0))
}

/** A batch that the owner was writing while we looked is no damage. */
function isUnpublished({ path, position }: VerifyFinding, { active }: Marks): boolean {
  if (active === undefined || !path.endsWith('.log')) return false
  return path > active.path || (path === active.path && position >= active.end)
}

/** Below this offset compaction, or whoever assigned the offsets, may have left gaps. */
export async function gapsBelow(directory: string): Promise<number> {
  if (durableMark(await watermarkOf(directory))?.hasGaps) return Number.MAX_SAFE_INTEGER
  const { topic, partition } = topicPartitionOf(directory)
  for (const root of [dirname(directory), directory]) {
    const path = join(root, 'cleaner-offset-checkpoint')
    const bytes = await readFile(path).catch(() => Buffer.alloc(0))
    for (const entry of offsetCheckpoint.entries(bytes, path)) {
      if (entry.fault !== undefined) break
      if (entry.topic === topic && entry.partition === partition) return Number(entry.offset)
    }
  }
  return 0
}

// These two need their segment beside them, and have been checked with it.
const checkedNatively = ['offset index', 'time index']

/** What is wrong in files that need no other beside them. */
export async function smallFiles(directory: string): Promise<VerifyFinding[]> {
  const findings: VerifyFinding[] = []
  for (const name of (await readdir(directory)).sort()) {
    const kind = kindOf(name)
    if (kind === undefined || checkedNatively.includes(kind.name)) continue
    const faults = await faultsOf(join(directory, name)).catch((error) => {
      if (isGone(error)) return []
      throw error
    })
    findings.push(...faults)
  }
  return findings
}
