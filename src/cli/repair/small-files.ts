import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type FileFault, faultsOf } from '../../log/files/faults.js'
import { transactionIndex } from '../../log/files/indexes.js'
import { kindOf } from '../../log/files/kinds.js'
import { metadataText, partitionMetadata, topicIdIn } from '../../log/files/partition-metadata.js'
import { producerSnapshot } from '../../log/files/producer-snapshot.js'
import { epochCheckpoint } from '../../log/files/text-files.js'
import { watermark } from '../../log/files/watermark.js'
import { topicPartitionOf } from '../../log/names.js'
import { topicId } from '../../topic/topic-id.js'
import { abortedTransactions } from './aborted-transactions.js'
import { epochsOf } from './epochs.js'
import type { Mend } from './mend.js'
import type { Place } from './place.js'
import { moveAside, replaceAndKeep } from './set-aside.js'

/** What can be done about a file that is damaged in itself; undefined where nothing can. */
type Remedy = (path: string, place: Place) => Promise<Pick<Mend, 'how' | 'apply'> | undefined>

const remedies: { readonly [kind: string]: Remedy } = {
  [watermark.name]: async (path) => ({
    how: 'moved aside; the log opens without its protection',
    apply: () => moveAside(path),
  }),
  [producerSnapshot.name]: async (path) => ({
    how: 'moved aside; what it says is read from the batches',
    apply: () => moveAside(path),
  }),
  [epochCheckpoint.name]: async (path, place) => ({
    how: 'made anew from the leader epochs of the batches',
    apply: async () => replaceAndKeep(path, await epochsOf(await place.survey())),
  }),
  [transactionIndex.name]: async (path, place) => ({
    how: 'made anew from the markers in the batches',
    apply: async () => replaceAndKeep(path, await abortedTransactions(await place.survey(), path)),
  }),
  [partitionMetadata.name]: async (path, { directory }) => {
    const id = await topicIdOf(path, directory)
    if (id === undefined) return undefined
    const apply = () => replaceAndKeep(path, metadataText(id))
    return { how: `written anew with the topic id ${id}`, apply }
  },
}

/** Files of the partition that are damaged in themselves. */
export async function smallFileMends(place: Place): Promise<Mend[]> {
  const mends: Mend[] = []
  for (const name of (await readdir(place.directory)).sort()) {
    const remedy = remedies[kindOf(name)?.name ?? '']
    if (remedy === undefined) continue
    const path = join(place.directory, name)
    const [fault]: FileFault[] = await faultsOf(path)
    const mend = fault && (await remedy(path, place))
    if (mend !== undefined) mends.push({ path, what: fault.what, ...mend })
  }
  return mends
}

/** From what is left of the file, or from another partition of the topic. */
async function topicIdOf(path: string, directory: string): Promise<string | undefined> {
  const own = topicIdIn(await readFile(path, 'latin1'))
  if (own !== undefined) return own
  return topicId(dirname(directory), topicPartitionOf(directory).topic).catch(() => undefined)
}
