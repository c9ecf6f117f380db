import { isSegmentName, kindOf } from './kinds.js'

/** The prepared next segment, which has no name of its own yet. */
export const spareName = 'next.spare'

/** What `strangeness` says of a file that somebody else has put there. */
export const foreign = 'not a file of a log'

const setAside = /\.broken-\d+$/

/** Whether a recovery or a repair has kept the file under this name: nothing reads it. */
export function isSetAside(fileName: string): boolean {
  return setAside.test(fileName)
}

/** The name that it had before. */
export function originalName(fileName: string): string {
  return fileName.replace(setAside, '')
}

/** Why a file of that name is no part of the log; undefined where it is one. */
export function strangeness(fileName: string): string | undefined {
  if (isSetAside(fileName)) return 'set aside by a recovery or a repair'
  if (fileName === spareName) return 'space prepared for the next segment'
  if (/\.(deleted|cleaned|swap|cut)$/.test(fileName))
    return 'left over, the next opening settles it'
  if (isSegmentName(fileName) || kindOf(fileName) !== undefined) return undefined
  return foreign
}
