import type { OptionTable } from '../src/config/option.js'

export function configurationDocument(
  logOptions: OptionTable,
  batchOptions: OptionTable,
  topicOptions: OptionTable,
): string
