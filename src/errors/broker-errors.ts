import type { ErrorInfo } from '../errors.js'

/** What a broker says no with. */
export const brokerErrors = {
  ERR_LISTEN: {
    retriable: true,
    meaning: 'The broker cannot listen at an address; `syscall` and `errno` say why.',
    remedy: 'Choose an address of this machine and a port that no process listens at.',
  },
} as const satisfies Readonly<Record<`ERR_${string}`, ErrorInfo>>
