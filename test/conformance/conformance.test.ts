import { openLog, partitionPath } from '../support/logs.js'
import { ModelLog } from '../support/model-log.js'
import { logSuite } from './log-suite.js'

logSuite('the model', async () => new ModelLog())

logSuite('a log that flushes', () => openLog(partitionPath(), { flush: 'sync' }))

logSuite('a log of small segments', () =>
  openLog(partitionPath(), {
    flush: 'os',
    segmentBytes: 1_100_000,
    segmentIndexBytes: 64,
    indexIntervalBytes: 0,
  }),
)

logSuite('a log that checks every CRC', () =>
  openLog(partitionPath(), { flush: 'os', checkCrcs: 'always' }),
)
