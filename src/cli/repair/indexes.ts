import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isSegmentName } from '../../log/files/kinds.js'
import type { Mend } from './mend.js'
import type { Place } from './place.js'
import { moveAside } from './set-aside.js'
import { beside } from './survey.js'

const how = 'made anew from the segment'
const entrySizes = { '.index': 8, '.timeindex': 12 }

/** Indexes that are damaged, and such as have no segment. The next opening makes them anew. */
export async function indexMends(place: Place): Promise<Mend[]> {
  const { report, segments } = await place.survey()
  const mends: Mend[] = []
  for (const segment of segments) {
    for (const [kind, entrySize] of Object.entries(entrySizes)) {
      const path = beside(segment, kind)
      const size = await sizeOf(path)
      // One that is missing is made by any opening.
      if (size === undefined) continue
      const finding = report.findings.find((one) => one.path === path)
      const cut = size % entrySize === 0 ? undefined : 'it ends within an entry'
      const what = finding?.what ?? cut
      if (what !== undefined) mends.push({ path, what, how, apply: () => moveAside(path) })
    }
  }
  return [...mends, ...(await orphanMends(place.directory))]
}

async function orphanMends(directory: string): Promise<Mend[]> {
  const names = await readdir(directory)
  const stems = new Set(names.filter(isSegmentName).map((name) => name.slice(0, 20)))
  return names
    .filter((name) => /^\d{20}\.(index|timeindex|txnindex)$/.test(name))
    .filter((name) => !stems.has(name.slice(0, 20)))
    .sort()
    .map((name) => {
      const path = join(directory, name)
      return {
        path,
        what: 'its segment is missing',
        how: 'moved aside',
        apply: () => moveAside(path),
      }
    })
}

async function sizeOf(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ size }) => size,
    () => undefined,
  )
}
