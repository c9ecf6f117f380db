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
  const fault = await mkdir(path).then(() => undefined, faultOf)
  if (fault === undefined || fault.code === 'EEXIST') return
  if (fault.code !== 'ENOENT' || dirname(path) === path) throw systemError(fault, path)
  await makeDirectory(dirname(path))
  await makeDirectory(path)
}

function faultOf(error: NodeJS.ErrnoException): NodeJS.ErrnoException {
  return error
}
