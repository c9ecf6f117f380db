// Appends until the disk is full, prints where the log then ends, and is killed.
import { PartitionLog } from '../../dist/log/index.js'

const [, , directory, value] = process.argv
const log = await PartitionLog.open(directory, { flush: 'os' })
try {
  for (;;) log.appendSync({ value })
} catch (error) {
  console.log(error.code === 'ERR_NO_SPACE' ? log.logEndOffset : error.code)
}
process.kill(process.pid, 'SIGKILL')
