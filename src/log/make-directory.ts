import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { systemError } from './files/system-error.js'

/**
 * Makes the directory and those above it; whatever stands there already is left alone. Not
 * `recursive`, which reports a read-only file system as a directory that does not exist.
 *
 * @throws DuramenError with the code of what the operating system said
 */
export async function makeDirectory(path: string): Promise<void> {
  const fault = await tryToMake(path)
  if (fault === undefined) return
  if (fault.code !== 'ENOENT' || dirname(path) === path) throw systemError(fault, path)
  await makeDirectory(dirname(path))
  // Below a link that leads nowhere there still is no directory.
  const again = await tryToMake(path)
  if (again !== undefined) throw systemError(again, path)
}

/** What stands in the way; undefined where there is something of that name now. */
async function tryToMake(path: string): Promise<NodeJS.ErrnoException | undefined> {
  const fault = await mkdir(path).then(() => undefined, faultOf)
  return fault?.code === 'EEXIST' ? undefined : fault
}

function faultOf(error: NodeJS.ErrnoException): NodeJS.ErrnoException {
  return error
}
