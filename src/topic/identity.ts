import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isGone, systemError } from '../log/files/system-error.js'
import { propertiesFile } from './data-directory.js'
import { replaceFile } from './replace-file.js'
import { newUuid } from './uuid.js'

/** Who a data directory belongs to, as its `meta.properties` says. */
export interface Identity {
  /** Kafka's `cluster.id`: 22 characters where Kafka or this package made it. */
  readonly clusterId: string
  /** Kafka's `node.id`, or the `broker.id` of directories from before there was one. */
  readonly nodeId: number
}

/**
 * The same each time: what the file lacks is written to it first. The directory is the caller's.
 *
 * @param configured the node id of a directory that has none yet; below 0: 1
 * @throws DuramenError `ERR_ACCESS`, `ERR_READ_ONLY`, `ERR_NO_SPACE`, `ERR_IO`
 */
export async function identityOf(directory: string, configured = -1): Promise<Identity> {
  const path = join(directory, propertiesFile)
  const text = await readFile(path, 'utf8').catch((error) => {
    const fault = systemError(error, path)
    if (isGone(fault)) return 'version=1\n'
    throw fault
  })
  const properties = new Map(text.split('\n').map(property))
  const stored = Number.parseInt(properties.get('node.id') ?? properties.get('broker.id') ?? '', 10)
  const isNew = Number.isNaN(stored)
  const nodeId = isNew ? (configured < 0 ? 1 : configured) : stored
  const known = properties.get('cluster.id')
  const clusterId = known || newUuid()
  const lacking = [
    ...(known ? [] : [`cluster.id=${clusterId}\n`]),
    ...(isNew ? [`node.id=${nodeId}\n`] : []),
  ]
  if (lacking.length > 0) await add(path, text, lacking)
  return { clusterId, nodeId }
}

function property(line: string): [name: string, value: string] {
  const at = line.indexOf('=')
  return at < 0 ? ['', ''] : [line.slice(0, at).trim(), line.slice(at + 1).trim()]
}

async function add(path: string, text: string, lines: readonly string[]): Promise<void> {
  const end = text === '' || text.endsWith('\n') ? '' : '\n'
  try {
    await replaceFile(path, `${text}${end}${lines.join('')}`)
  } catch (error) {
    throw systemError(error, path)
  }
}
