import { readdir, readFile, readlink } from 'node:fs/promises'

/** State of a socket that listens, as /proc/net/tcp has it. */
const listening = '0A'

/**
 * Which process listens at a port of this machine: `process 4711 (java -jar x.jar)`; undefined where
 * that cannot be told, as of other users' processes.
 */
export async function portOwner(port: number): Promise<string | undefined> {
  const sockets = await socketsAt(port)
  if (sockets.size === 0) return undefined
  for (const pid of (await entriesOf('/proc')).filter((name) => /^\d+$/.test(name))) {
    for (const fd of await entriesOf(`/proc/${pid}/fd`)) {
      const target = await readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')
      if (!sockets.has(target)) continue
      return `process ${pid} (${await commandOf(pid)})`
    }
  }
  return undefined
}

const longestCommand = 80

/** As it was called; the name that a process gives itself is MainThread for each of Node's. */
async function commandOf(pid: string): Promise<string> {
  const words = (await textOf(`/proc/${pid}/cmdline`)).split('\0').join(' ').trim()
  return words.length > longestCommand ? `${words.slice(0, longestCommand)}…` : words
}

/** As the links of descriptors name them: `socket:[12345]`. */
async function socketsAt(port: number): Promise<Set<string>> {
  const tables = await Promise.all(['/proc/net/tcp', '/proc/net/tcp6'].map(textOf))
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  const lines = tables.flatMap((table) => table.split('\n').map((line) => line.trim().split(/\s+/)))
  const ours = lines.filter(
    ([, local = '', , state]) => local.endsWith(`:${hex}`) && state === listening,
  )
  return new Set(ours.map((fields) => `socket:[${fields[9]}]`))
}

function entriesOf(directory: string): Promise<string[]> {
  return readdir(directory).catch(() => [])
}

function textOf(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => '')
}
