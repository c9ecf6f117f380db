import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { faultsOf } from '../log/files/faults.js'
import { kindOf } from '../log/files/kinds.js'
import { isGone } from '../log/files/system-error.js'
import { offsetCheckpoint } from '../log/files/text-files.js'
import { type DurableMark, durableMark, liveMark } from '../log/files/watermark.js'
import type { VerifyFinding, VerifyReport } from '../log/index.js'
import { topicPartitionOf } from '../log/names.js'
import { verifyDirectory } from '../log/verify.js'
import { isOwned } from '../topic/owner.js'

/** What was looked at in a partition's directory, and what is wrong. */
export interface PartitionReport extends VerifyReport {
  readonly path: string
}

/** Checks a partition's files: the batches and indexes natively, the small files one by one. */
export async function checkPartition(directory: string): Promise<PartitionReport> {
  const marks = await marksOf(directory)
  const report = await verifyDirectory(directory, await gapsBelow(directory, marks.durable))
  const findings = report.findings.filter((finding) => !isUnpublished(finding, marks))
  findings.push(...(await smallFiles(directory)))
  return { ...report, path: directory, findings }
}

interface Marks {
  readonly durable: DurableMark | undefined
  /** Where the active segment of a log ended when we began, if a process is appending to it. */
  readonly active: { readonly path: string; readonly end: number } | undefined
}

async function marksOf(directory: string): Promise<Marks> {
  const bytes = await readFile(join(directory, 'duramen.watermark')).catch(() => Buffer.alloc(0))
  const durable = durableMark(bytes)
  const live = (await isOwned(directory)) ? liveMark(bytes) : undefined
  if (live === undefined) return { durable, active: undefined }
  const path = segmentPath(directory, live.segmentBaseOffset)
  return { durable, active: { path, end: live.segmentEnd } }
}

function segmentPath(directory: string, baseOffset: number): string {
  return join(directory, `${String(baseOffset).padStart(20, '0')}.log`)
}

/** A batch that the owner was writing while we looked is no damage. */
function isUnpublished({ path, position }: VerifyFinding, { active }: Marks): boolean {
  if (active === undefined || !path.endsWith('.log')) return false
  return path > active.path || (path === active.path && position >= active.end)
}

/** Below this offset compaction, or whoever assigned the offsets, may have left gaps. */
async function gapsBelow(directory: string, mark: DurableMark | undefined): Promise<number> {
  if (mark?.hasGaps) return Number.MAX_SAFE_INTEGER
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

async function smallFiles(directory: string): Promise<VerifyFinding[]> {
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
