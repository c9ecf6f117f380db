import { type FileHandle, link, open, rename, stat, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { DuramenError } from '../../errors.js'
import { emptyBatch, mostOffsets } from '../../record/empty-batch.js'
import { syncDirectory } from '../../topic/replace-file.js'
import type { OffsetRange } from './mend.js'
import { mendedBatch } from './mended-batch.js'
import { keepAside, moveAside } from './set-aside.js'
import { beside, type SurveyedSegment } from './survey.js'

const cutShort = 'the segment was cut short while it was copied; keep others from the directory'
const chunkSize = 1024 * 1024
// As recovery calls what is kept of a segment, and clears it away after a crash.
const unfinished = '.cut'

/**
 * Puts a file in the place of a segment that has all its intact batches, byte for byte, and for what
 * is damaged what can be made of it, or an empty batch; where the old one lies. At every moment the name is that of a whole file.
 */
export async function rewriteSegment(segment: SurveyedSegment): Promise<string> {
  const { path, baseOffset, size, damages } = segment
  const source = await open(path)
  try {
    await writeWhole(path, async (target) => {
      let at = 0
      for (const damage of damages) {
        await copy(source, target, { from: at, to: damage.from })
        await target.writeFile((await mendedBatch(source, damage)) ?? fillerOf(damage, baseOffset))
        at = damage.to
      }
      await copy(source, target, { from: at, to: size })
    })
  } finally {
    await source.close()
  }
  const aside = await keepAside(path)
  // Positions change, so that an opening has to make them anew.
  for (const kind of ['.index', '.timeindex']) await moveAsideIfThere(beside(segment, kind))
  await putInPlace(path)
  return aside
}

/** The offsets that then are gone. */
export async function lostIn({ path, damages }: SurveyedSegment): Promise<OffsetRange[]> {
  const lost: OffsetRange[] = []
  const file = await open(path)
  try {
    for (const damage of damages) {
      const { fromOffset, toOffset } = damage
      const isEmpty = toOffset < fromOffset
      const isGone = !isEmpty && (await mendedBatch(file, damage)) === undefined
      if (isGone) lost.push({ fromOffset, toOffset })
    }
  } finally {
    await file.close()
  }
  return lost
}

/** Makes a segment of nothing but an empty batch. */
export async function fillGap(path: string, gap: OffsetRange): Promise<void> {
  await writeWhole(path, (target) => target.writeFile(fillerOf(gap, gap.fromOffset)))
  // Not a rename, which would take the place of whatever stands there.
  await link(`${path}${unfinished}`, path)
  await unlink(`${path}${unfinished}`)
  await syncDirectory(dirname(path))
}

/** As far as offsets can be relative to the segment's; nothing where no offset is gone. */
function fillerOf({ fromOffset, toOffset }: OffsetRange, baseOffset: number): Buffer {
  if (toOffset < fromOffset) return Buffer.alloc(0)
  return emptyBatch(fromOffset, Math.min(toOffset, baseOffset + mostOffsets))
}

async function writeWhole(path: string, write: (target: FileHandle) => Promise<void>) {
  const target = await open(`${path}${unfinished}`, 'w')
  try {
    await write(target)
    await target.datasync()
  } finally {
    await target.close()
  }
}

async function putInPlace(path: string): Promise<void> {
  await rename(`${path}${unfinished}`, path)
  await syncDirectory(dirname(path))
}

async function copy(
  source: FileHandle,
  target: FileHandle,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<void> {
  const chunk = Buffer.allocUnsafe(Math.min(chunkSize, to - from))
  for (let at = from; at < to; ) {
    const { bytesRead } = await source.read(chunk, 0, Math.min(chunk.length, to - at), at)
    if (bytesRead === 0) throw new DuramenError('ERR_SEGMENT_LOST', cutShort)
    await target.writeFile(chunk.subarray(0, bytesRead))
    at += bytesRead
  }
}

async function moveAsideIfThere(path: string): Promise<void> {
  const isThere = await stat(path).then(
    () => true,
    () => false,
  )
  if (isThere) await moveAside(path)
}
