import { DuramenError } from '../errors.js'

// What the format of committed offsets has room for.
const longestName = 2 ** 15 - 1

/** `name`, if a group may have it. @throws DuramenError `ERR_INVALID_GROUP_ID` */
export function groupName(name: string): string {
  const length = Buffer.byteLength(name)
  if (length > 0 && length <= longestName) return name
  throw new DuramenError(
    'ERR_INVALID_GROUP_ID',
    `the group id takes ${length} bytes; give it 1 to ${longestName}`,
  )
}
