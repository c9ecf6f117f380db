// Fills a log, tells its end, and waits to be killed. Started by reopen.mjs.
import { fill, openLog } from './log.mjs'

const [directory, bytes] = process.argv.slice(2)
const log = await openLog(/** @type {string} */ (directory), { flush: 'os' })
fill(log, Number(bytes))
process.send?.(log.logEndOffset)
setInterval(() => {}, 1000)
