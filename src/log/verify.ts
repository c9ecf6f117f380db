import { loadNative, type NativeVerifyFinding, type NativeVerifyReport } from '../binding.js'
import { DuramenError } from '../errors.js'
import { RecordCursor } from '../record/index.js'
import { call } from './call.js'
import { PartitionLog } from './partition-log.js'

export type VerifyFinding = NativeVerifyFinding

/** What was looked at, and what is wrong; sound where there are no findings. */
export type VerifyReport = NativeVerifyReport

/**
 * Checks every batch and index entry of a partition's directory. Frames, CRCs, offsets and indexes
 * are checked natively; then the records of compressed batches, which have to be decompressed.
 *
 * @param gapsBelow below this offset compaction may have left gaps
 */
export async function verifyDirectory(directory: string, gapsBelow: number): Promise<VerifyReport> {
  const report = await call<NativeVerifyReport>((done) =>
    loadNative().verify(directory, gapsBelow, done),
  )
  if (report.findings.length > 0 || report.batches === 0) return report
  return { ...report, findings: await compressedFindings(directory) }
}

async function compressedFindings(directory: string): Promise<VerifyFinding[]> {
  const findings: VerifyFinding[] = []
  const log = await PartitionLog.open(directory, { readOnly: true })
  try {
    let view = await log.read(log.logStartOffset)
    for (; !view.isEmpty; view = await log.read(view.nextOffset)) {
      const fault = decodingFault(new RecordCursor(view.bytes, { includeControl: true }))
      if (fault !== undefined) findings.push({ path: directory, ...fault })
    }
  } finally {
    await log.close()
  }
  return findings
}

function decodingFault(cursor: RecordCursor): Omit<VerifyFinding, 'path'> | undefined {
  try {
    while (cursor.next());
  } catch (error) {
    if (!(error instanceof DuramenError)) throw error
    const { position = 0, fromOffset, toOffset, message } = error
    return { position, fromOffset, toOffset, what: message }
  }
  return undefined
}
