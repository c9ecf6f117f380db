import { open, rename, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { newUuid } from './uuid.js'

/** Puts `content` in the place of the file, durably: it is whole, or as it was before. */
export async function replaceFile(path: string, content: string | Uint8Array): Promise<void> {
  // Of its own, because two may be at it at once.
  const temporary = `${path}.${newUuid()}.tmp`
  try {
    await writeDurably(temporary, content)
    await rename(temporary, path)
  } catch (error) {
    await unlink(temporary).catch(() => {})
    throw error
  }
  await syncDirectory(dirname(path))
}

/** Whether `name` is that of a file that was to take the place of `fileName`. */
export function isTemporary(name: string, fileName: string): boolean {
  return name.startsWith(`${fileName}.`) && name.endsWith('.tmp')
}

async function writeDurably(path: string, content: string | Uint8Array): Promise<void> {
  const file = await open(path, 'w')
  try {
    await file.writeFile(content)
    await file.datasync()
  } finally {
    await file.close()
  }
}

/** Makes the entries of a directory durable. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path)
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}
