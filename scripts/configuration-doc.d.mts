import type { OptionTable } from '../src/config/option.js'

export function configurationDocument(
  tables: Record<
    'engine' | 'log' | 'batch' | 'topic' | 'producer' | 'consumer' | 'group' | 'broker',
    OptionTable
  >,
): string
