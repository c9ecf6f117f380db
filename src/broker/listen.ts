import { createServer, type Server, type Socket } from 'node:net'
import { DuramenError } from '../errors.js'

/** Who has sent all may still read what it is answered. */
export const accepting = {
  noDelay: true,
  keepAlive: true,
  pauseOnConnect: true,
  allowHalfOpen: true,
}

/** One server that listens. */
export interface Bound {
  readonly server: Server
  readonly port: number
}

type Accept = (socket: Socket) => void

/** Tries to find a port that is free on both loopback addresses. */
const mostTries = 20

/**
 * Listens at a host and port (0: one that is free). `localhost` is 127.0.0.1 and, where the machine
 * has IPv6, ::1 on the same port; no host is every address.
 *
 * @throws DuramenError `ERR_LISTEN`
 */
export async function listen(host: string, port: number, accept: Accept): Promise<Bound[]> {
  if (host !== 'localhost') return [await listenAt(host, port, accept)]
  for (let tries = 1; ; tries++) {
    const first = await listenAt('127.0.0.1', port, accept)
    try {
      return [first, await listenAt('::1', first.port, accept)]
    } catch (error) {
      const { cause } = error as DuramenError
      if (hasNoSuchAddress(cause)) return [first]
      await closed(first.server)
      if (port !== 0 || !isTaken(cause) || tries === mostTries) throw error
    }
  }
}

/** Closes the server; sockets that it accepted stay open and are not waited for. */
function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()))
}

function listenAt(host: string, port: number, accept: Accept): Promise<Bound> {
  return new Promise((resolve, reject) => {
    const server = createServer(accepting, accept)
    server.once('error', (error) => reject(cannotListen(host, port, error)))
    // Without a host Node listens at :: and, where there is no IPv6, at 0.0.0.0.
    server.listen({ port, host: host === '' ? undefined : host }, () => {
      server.removeAllListeners('error')
      resolve({ server, port: (server.address() as { port: number }).port })
    })
  })
}

function cannotListen(host: string, port: number, cause: NodeJS.ErrnoException): DuramenError {
  const why = isTaken(cause) ? 'the port is used already; choose another one' : cause.message
  const { errno, syscall } = cause
  return new DuramenError('ERR_LISTEN', `cannot listen at ${addressText(host, port)}: ${why}`, {
    cause,
    errno: errno === undefined ? undefined : Math.abs(errno),
    syscall,
  })
}

function isTaken(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'EADDRINUSE'
}

function hasNoSuchAddress(error: unknown): boolean {
  const { code = '' } = error as NodeJS.ErrnoException
  return code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT'
}

/** `host:port`, an IPv6 address in brackets. */
export function addressText(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
