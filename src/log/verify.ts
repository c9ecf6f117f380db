import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { loadNative, type NativeVerifyFinding, type NativeVerifyReport } from '../binding.js'
import { DuramenError } from '../errors.js'
import { RecordCursor } from '../record/index.js'
import { call } from './call.js'
import { isSegmentName } from './files/kinds.js'
import { batchesOf, type FileBatch } from './files/segment-file.js'
import { isGone } from './files/system-error.js'

export type VerifyFinding = NativeVerifyFinding

/** What was looked at, and what is wrong; sound where there are no findings. */
export type VerifyReport = NativeVerifyReport

/**
 * Checks every batch and index entry of a partition's directory. Frames, CRCs, offsets and indexes
 * are checked natively; then the records of compressed batches, which have to be decompressed.
 *
 * @param gapsBelow below this offset compaction may have left gaps
 * @param end batches from this offset on need not be sound
 */
export async function verifyDirectory(
  directory: string,
  gapsBelow: number,
  end = Number.POSITIVE_INFINITY,
): Promise<VerifyReport> {
  const report = await verifyBatches(directory, gapsBelow)
  const known = new Set(report.findings.map(({ path, position }) => `${path} ${position}`))
  const findings = report.findings.filter(
    ({ path, fromOffset = 0 }) => !path.endsWith('.log') || fromOffset < end,
  )
  for await (const finding of compressedFindings(directory)) {
    if (!known.has(`${finding.path} ${finding.position}`)) findings.push(finding)
  }
  return { ...report, findings }
}

/** The same without the records of compressed batches. */
export function verifyBatches(directory: string, gapsBelow: number): Promise<VerifyReport> {
  return call<NativeVerifyReport>((done) => loadNative().verify(directory, gapsBelow, done))
}

async function* compressedFindings(directory: string): AsyncGenerator<VerifyFinding> {
  for (const name of (await readdir(directory)).sort()) {
    if (!isSegmentName(name)) continue
    try {
      yield* undecodable(join(directory, name))
    } catch (error) {
      if (!isGone(error)) throw error
    }
  }
}

async function* undecodable(path: string): AsyncGenerator<VerifyFinding> {
  for await (const batch of batchesOf(path)) {
    const what = batch.fault === undefined ? decodingFault(batch) : undefined
    if (what === undefined) continue
    const { baseOffset: fromOffset, lastOffset: toOffset } = batch.header
    yield { path, position: batch.position, fromOffset, toOffset, what }
  }
}

function decodingFault({ header, bytes }: FileBatch): string | undefined {
  if (header.codecId === 0) return undefined
  const cursor = new RecordCursor(bytes, { includeControl: true })
  try {
    while (cursor.next());
    return undefined
  } catch (error) {
    if (error instanceof DuramenError) return `the batch does not decode (${error.code})`
    throw error
  }
}
