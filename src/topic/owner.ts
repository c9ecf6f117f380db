import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/**
 * Whether a process that runs now has the log in `directory` open for writing, as far as the `.lock`
 * file tells: it names the process and when that started.
 */
export async function isOwned(directory: string): Promise<boolean> {
  const locks = [join(dirname(directory), '.lock'), join(directory, '.lock')]
  return (await Promise.all(locks.map(namesRunningProcess))).some(Boolean)
}

async function namesRunningProcess(lockPath: string): Promise<boolean> {
  const text = await readFile(lockPath, 'latin1').catch(() => '')
  const match = /^(\d+) (\d+)\n/.exec(text)
  if (match === null) return false
  const stat = await readFile(`/proc/${match[1]}/stat`, 'latin1').catch(() => '')
  // Behind the command's name, which may hold anything; the start time is field 22.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields[22 - 3] === match[2]
}
