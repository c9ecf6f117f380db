import { type Address, ClusterClient } from '../../client/index.js'
import type { ExitCode } from '../failure.js'
import type { OptionTable } from '../options.js'
import type { Call, Context, Verb } from '../verb.js'
import { ClusterGroups } from './cluster-groups.js'
import { ClusterTopics } from './cluster-topics.js'
import { DirectoryGroups } from './directory-groups.js'
import { DirectoryTopics } from './directory-topics.js'
import type { Store } from './store.js'
import type { storeOptions } from './store-options.js'

interface StoreChoice {
  readonly dir: string
  readonly 'bootstrap-server': readonly Address[] | undefined
}

/** A verb's `run` that is given where topics live, open until it has ended. */
export function overStore<Table extends OptionTable>(
  run: (call: Call<Table & typeof storeOptions>, store: Store) => Promise<ExitCode>,
): Verb<Table & typeof storeOptions>['run'] {
  return async (call) => {
    const store = storeOf(call.options as unknown as StoreChoice, call)
    try {
      return await run(call, store)
    } finally {
      await store.close()
    }
  }
}

function storeOf({ dir, 'bootstrap-server': addresses }: StoreChoice, context: Context): Store {
  if (addresses === undefined) {
    const topics = new DirectoryTopics(dir, context.note)
    return { topics, groups: new DirectoryGroups(dir, context), close: async () => {} }
  }
  const cluster = new ClusterClient(addresses)
  const topics = new ClusterTopics(cluster, context.note)
  return { topics, groups: new ClusterGroups(cluster), close: () => cluster.close() }
}
