import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import type { FileEntry } from './file-entry.js'
import { kindOf } from './kinds.js'
import { originalName } from './other-files.js'
import { systemError } from './system-error.js'

/** The entries of a small file; undefined where its name says nothing about what it is. */
export async function entriesOf(path: string): Promise<Iterable<FileEntry> | undefined> {
  const fileName = basename(path)
  const kind = kindOf(originalName(fileName))
  if (kind === undefined) return undefined
  try {
    return kind.entries(await readFile(path), fileName)
  } catch (error) {
    throw systemError(error, path)
  }
}

/** Something wrong in a file. */
export interface FileFault {
  readonly path: string
  readonly position: number
  /** A phrase, for a message. */
  readonly what: string
}

// A file that is something else has no end of them.
const mostFaults = 100

/**
 * What is wrong in a small file by itself, whatever stands in others; nothing for files of no known
 * kind.
 *
 * @throws DuramenError `ERR_NOT_FOUND`, `ERR_ACCESS`, `ERR_IO`
 */
export async function faultsOf(path: string): Promise<FileFault[]> {
  const faults: FileFault[] = []
  for (const { position, fault } of (await entriesOf(path)) ?? []) {
    if (fault !== undefined) faults.push({ path, position, what: fault })
    if (faults.length === mostFaults) break
  }
  return faults
}
