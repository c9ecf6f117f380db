import type { PartitionLog } from '../log/index.js'
import { counted } from './words.js'

/** What opening the log has found: damage, or what its last owner left when it died. */
export function noteFindings(log: PartitionLog, note: (message: string) => void): void {
  for (const { kind, path, position, bytes, movedTo } of log.info.findings) {
    const kept = movedTo === undefined ? '' : `, set aside as ${movedTo}`
    note(`${path}: ${kind} at position ${position}: ${counted(bytes, 'byte')}${kept}`)
  }
}
