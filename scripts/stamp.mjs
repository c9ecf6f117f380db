// Tells whether the inputs of a build step are those of its last successful run.
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

/** Files below `directory` whose name ends in one of `extensions`, sorted, as full paths. */
export function filesBelow(directory, extensions) {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && extensions.some((end) => entry.name.endsWith(end)))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}

/** Hash over the names and contents of `files` and over `facts` (anything JSON can hold). */
export function hashOf(root, files, facts) {
  const hash = createHash('sha256').update(JSON.stringify(facts))
  for (const file of files) {
    hash.update(`\0${relative(root, file)}\0`).update(readFileSync(file))
  }
  return hash.digest('hex')
}

/** Size and modification time of `file`, or null where it does not exist. */
export function identityOf(file) {
  const stat = statSync(file, { throwIfNoEntry: false })
  return stat ? `${stat.size}:${stat.mtimeMs}` : null
}

export function readStamp(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return null // Missing or damaged means the same: the step has to run.
  }
}

export function writeStamp(file, stamp) {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${JSON.stringify(stamp)}\n`)
}

export function dropStamp(file) {
  rmSync(file, { force: true })
}
