import type { OptionTable } from '../src/config/option.js'
import type { topicDefaultNames } from '../src/config/topic-defaults.js'

export function configurationDocument(
  tables: Record<
    'engine' | 'log' | 'batch' | 'topic' | 'producer' | 'consumer' | 'group' | 'broker',
    OptionTable
  > & { readonly topicDefaults: typeof topicDefaultNames },
): string
