import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, extname, join, relative } from 'node:path'
import { loadNative } from '../binding.js'
import { logOptions } from '../config/log-options.js'
import { systemError } from '../log/files/system-error.js'
import type { PartitionLog } from '../log/index.js'
import { batches } from '../record/index.js'
import { openTopic } from '../topic/index.js'
import { Appender } from './appender.js'
import { checkPartition } from './check-partition.js'
import { openFile } from './input.js'
import { lineLimits, linesOf } from './lines.js'
import { Progress } from './progress.js'

const sampleSize = 200_000_000
const batchSize = 1024 * 1024
const newline = Buffer.from('\n')

/**
 * Appends the lines of a file (or of an access log made for this) to a log of its own in `directory`,
 * reads them back, and compares and verifies them, saying what happens and how fast.
 *
 * @returns 0, or 1 where what was read is not what was written, or a file is not sound
 */
export async function ingest(
  file: string | undefined,
  directory: string,
  say: (line: string) => void,
): Promise<0 | 1> {
  if (file !== undefined) return ingestFile(file, topicOf(file), directory, say)
  const folder = await mkdtemp(join(tmpdir(), 'duramen-'))
  try {
    const sample = join(folder, 'access.log')
    say(`no file given, so an access log is made in ${folder}`)
    await writeSampleLog(sample, sampleSize)
    return await ingestFile(sample, 'sample', directory, say)
  } finally {
    await rm(folder, { recursive: true })
  }
}
