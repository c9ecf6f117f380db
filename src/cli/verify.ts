import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { DuramenError } from '../errors.js'
import { faultsOf } from '../log/files/faults.js'
import { isSegmentName, kindOf } from '../log/files/kinds.js'
import { foreign, strangeness } from '../log/files/other-files.js'
import { systemError } from '../log/files/system-error.js'
import { topicCatalog } from '../log/files/topic-catalog.js'
import type { VerifyFinding } from '../log/index.js'
import { listTopics, partitionPath, TopicCatalog } from '../topic/index.js'
import {
  checkPartition,
  type FileNote,
  isPartition,
  notesOn,
  notesOnOtherLogs,
  type PartitionReport,
} from './check-partition.js'
import { describeFinding } from './describe-finding.js'
import { Progress } from './progress.js'
import type { Verb } from './verb.js'
import { counted } from './words.js'

const options = {}

export const verify: Verb<typeof options> = {
  argument: '[PATH]',
  options,
  examples: [
    'duramen verify',
    'duramen verify /var/lib/kafka/clicks-0 --json',
    'duramen verify data/clicks-0/00000000000000000000.index',
  ],
  async run({ argument, options: { dir, json }, output, signal }) {
    const path = resolve(argument || dir)
    const { findings, partitions, notes } = await check(path, signal)
    if (json) {
      const report = {
        path,
        sound: findings.length === 0,
        partitions: partitions.map(summary),
        findings,
        notes,
      }
      await output.write(`${JSON.stringify(report)}\n`)
    } else {
      for (const partition of partitions) await output.write(`${describePartition(partition)}\n`)
      for (const note of notes) await output.write(`${note.path}: note: ${note.what}\n`)
      for (const finding of findings) await output.write(`${describeFinding(finding)}\n`)
      await output.write(`${path}: ${verdict(findings.length)}\n`)
    }
    return findings.length === 0 ? 0 : 1
  },
}

interface Result {
  readonly partitions: readonly PartitionReport[]
  readonly findings: readonly VerifyFinding[]
  readonly notes: readonly FileNote[]
}

/** Tells a file, a partition's directory and a data directory apart. */
async function check(path: string, signal: AbortSignal): Promise<Result> {
  const stats = await stat(path).catch((error) => {
    throw systemError(error, path)
  })
  if (!stats.isDirectory()) return { partitions: [], ...(await checkFile(path)) }
  if (await isPartition(path)) {
    const report = await checkPartition(path)
    return { partitions: [report], findings: report.findings, notes: report.notes }
  }
  return checkDataDirectory(path, signal)
}

async function checkDataDirectory(directory: string, signal: AbortSignal): Promise<Result> {
  const findings: VerifyFinding[] = []
  const partitions: PartitionReport[] = []
  const notes = [...(await notesOn(directory)), ...(await notesOnOtherLogs(directory))]
  const progress = new Progress()
  for (const name of (await readdir(directory)).sort()) {
    if (kindOf(name) !== undefined) findings.push(...(await faultsOf(join(directory, name))))
  }
  if (findings.every(({ path }) => kindOf(basename(path)) !== topicCatalog)) {
    findings.push(...(await catalogFaults(directory)))
  }
  for (const { name, partitions: numbers } of await listTopics(directory)) {
    for (const number of numbers) {
      signal.throwIfAborted()
      progress.show(`checking ${name}-${number}`)
      const report = await checkPartition(partitionPath(directory, name, number))
      partitions.push(report)
      findings.push(...report.findings)
      notes.push(...report.notes)
    }
  }
  progress.clear()
  if (findings.length === 0 && partitions.every(isEmpty)) throw nothingIn(directory)
  return { partitions, findings, notes }
}

/** Of the list of topics, and of what it says about the directories. */
async function catalogFaults(directory: string): Promise<VerifyFinding[]> {
  try {
    await TopicCatalog.open(directory, { readOnly: true })
    return []
  } catch (error) {
    if (!(error instanceof DuramenError) || !/^ERR_CORRUPT/.test(error.code)) throw error
    return [{ path: error.path ?? directory, position: 0, what: error.message }]
  }
}

function isEmpty({ segments }: PartitionReport): boolean {
  return segments === 0
}

function nothingIn(directory: string): DuramenError {
  return new DuramenError(
    'ERR_NOT_FOUND',
    `${directory} holds no partition with a segment, so there is nothing to verify; give a data ` +
      'directory, the directory of a partition, or a file of one',
    { path: directory },
  )
}

/** A segment or index is checked with those beside it, and only its own findings count. */
async function checkFile(path: string): Promise<Pick<Result, 'findings' | 'notes'>> {
  const what = strangeness(basename(path))
  const notes = what === undefined ? [] : [{ path, what }]
  const kind = kindOf(basename(path))
  if (
    isSegmentName(basename(path)) ||
    kind?.name === 'offset index' ||
    kind?.name === 'time index'
  ) {
    const { findings } = await checkPartition(dirname(path))
    return { findings: findings.filter((finding) => finding.path === path), notes }
  }
  if (kind !== undefined) return { findings: await faultsOf(path), notes }
  if (what !== undefined && what !== foreign) return { findings: [], notes }
  throw new DuramenError(
    'ERR_INVALID_ARGUMENT',
    `${path} has a name that no file of a log has; give a file of a log, or a directory`,
    { path },
  )
}

function summary({ findings, notes: _, ...rest }: PartitionReport) {
  return { ...rest, sound: findings.length === 0 }
}

function describePartition(report: PartitionReport): string {
  const { path, segments, batches, records, bytes, indexEntries, findings } = report
  const counts = [
    counted(segments, 'segment'),
    counted(batches, 'batch'),
    counted(records, 'record'),
    counted(bytes, 'byte'),
    counted(indexEntries, 'index entry'),
  ]
  return `${path}: ${counts.join(', ')}: ${verdict(findings.length)}`
}

function verdict(findings: number): string {
  return findings === 0 ? 'sound' : counted(findings, 'fault')
}
