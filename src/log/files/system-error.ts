import { DuramenError, type ErrorCode } from '../../errors.js'

interface Meaning {
  readonly code: ErrorCode
  readonly text: string
}

const meanings: { readonly [code: string]: Meaning } = {
  ENOENT: { code: 'ERR_NOT_FOUND', text: 'does not exist; check the name' },
  ENOTDIR: { code: 'ERR_NOT_A_DIRECTORY', text: 'is not a directory; give one' },
  EISDIR: { code: 'ERR_INVALID_ARGUMENT', text: 'is a directory; give a file' },
  EACCES: { code: 'ERR_ACCESS', text: 'may not be accessed; give this user permission' },
  EPERM: { code: 'ERR_ACCESS', text: 'may not be accessed; give this user permission' },
  EROFS: { code: 'ERR_READ_ONLY', text: 'lies on a read-only file system; remount it' },
  ENOSPC: { code: 'ERR_NO_SPACE', text: 'lies on a full file system; free space' },
  EDQUOT: { code: 'ERR_NO_SPACE', text: 'is over the quota; free space' },
  EMFILE: { code: 'ERR_TOO_MANY_FILES', text: 'cannot be opened; raise `ulimit -n`' },
  ENFILE: { code: 'ERR_TOO_MANY_FILES', text: 'cannot be opened; close files on this machine' },
}

/** Whether `error` says that a file is not there: its owner may have removed it since it was listed. */
export function isGone(error: unknown): boolean {
  return error instanceof DuramenError && error.code === 'ERR_NOT_FOUND'
}

/** What `node:fs` threw about `path`, as this package reports it; any other error as it is. */
export function systemError(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || error instanceof DuramenError) return error
  const { code, syscall, errno } = error as NodeJS.ErrnoException
  if (code === undefined || syscall === undefined) return error
  const { code: known, text } = meanings[code] ?? {
    code: 'ERR_IO',
    text: `cannot be used (${syscall}: ${code}); look after the device or file system`,
  }
  const details = { cause: error, errno: errno && Math.abs(errno), syscall, path }
  return new DuramenError(known, `${path} ${text}`, details)
}
