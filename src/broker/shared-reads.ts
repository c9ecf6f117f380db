import { Socket } from 'node:net'

/** As large as what a socket gets of the kernel at a time when a producer sends at full rate. */
const memory = Buffer.allocUnsafeSlow(256 * 1024)

interface Handled {
  _handle?: object | null
}

/**
 * The accepted socket, as one whose bytes are all read into one piece of memory, where `received` has
 * to look at them at once. The usual way makes a Buffer of 64 KiB for each read, and that V8 collect
 * them: 0.65 s of CPU time a GB instead of 0.35, and more with a larger heap.
 *
 * Node takes such memory (`onread`) only where a socket is made, and servers have none to give: so the
 * handle of the accepted one moves into a socket of ours, as where Node passes sockets on to another
 * process. Where a runtime has no such handle, the socket stays as it is.
 */
export function withSharedReads(accepted: Socket, received: (bytes: Buffer) => void): Socket {
  const { _handle: handle } = accepted as Handled
  if (handle === undefined || handle === null) {
    accepted.on('data', received)
    return accepted.resume()
  }
  ;(accepted as Handled)._handle = null
  const onread = {
    buffer: memory,
    callback: (size: number) => {
      received(memory.subarray(0, size))
      return true
    },
  }
  return new Socket({ handle, onread, allowHalfOpen: true } as object).resume()
}
