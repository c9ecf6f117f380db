import { link, readdir, rename, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { isSetAside, originalName } from '../../log/files/other-files.js'
import { replaceFile, syncDirectory } from '../../topic/replace-file.js'

/** Gives the file a name that nothing reads; that name. */
export async function moveAside(path: string): Promise<string> {
  const aside = await freeName(path)
  await rename(path, aside)
  await syncDirectory(dirname(path))
  return aside
}

/** Gives the file such a name besides its own, which something else may then take; that name. */
export async function keepAside(path: string): Promise<string> {
  const before = await keptBefore(path)
  if (before !== undefined) return before
  const aside = await freeName(path)
  await link(path, aside)
  await syncDirectory(dirname(path))
  return aside
}

/** Puts `content` in the place of the file, which is kept where there is one; its name then. */
export async function replaceAndKeep(
  path: string,
  content: string | Uint8Array,
): Promise<string | undefined> {
  const isThere = await stat(path).then(
    () => true,
    () => false,
  )
  const aside = isThere ? await keepAside(path) : undefined
  await replaceFile(path, content)
  return aside
}

/** By a repair that was interrupted. */
async function keptBefore(path: string): Promise<string | undefined> {
  const { ino } = await stat(path)
  for (const name of await readdir(dirname(path))) {
    if (!isSetAside(name) || originalName(name) !== basename(path)) continue
    const other = join(dirname(path), name)
    if ((await stat(other)).ino === ino) return other
  }
  return undefined
}

async function freeName(path: string): Promise<string> {
  const taken = new Set(await readdir(dirname(path)))
  let time = Date.now()
  while (taken.has(`${basename(path)}.broken-${time}`)) time++
  return `${path}.broken-${time}`
}
