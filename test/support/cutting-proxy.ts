import { connect, createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** Stands between clients and a broker, and can lose the way back: what was sent has arrived then. */
export class CuttingProxy {
  port = 0
  /** Called with each answer on its way back; true loses it, and the connection with it. */
  loses: (answer: Buffer) => boolean = () => false
  target = 0

  static async start(): Promise<CuttingProxy> {
    const proxy = new CuttingProxy()
    const sockets = new Set<Socket>()
    const server = createServer((client) => {
      const broker = connect(proxy.target, '127.0.0.1')
      for (const socket of [client, broker]) {
        sockets.add(socket)
        socket.on('error', () => {})
      }
      client.on('data', (chunk) => broker.write(chunk))
      client.on('close', () => broker.destroy())
      broker.on('close', () => client.destroy())
      broker.on('data', (chunk: Buffer) => {
        if (proxy.loses(chunk)) client.resetAndDestroy()
        else client.write(chunk)
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    proxy.port = (server.address() as { port: number }).port
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy()
      server.close()
    })
    return proxy
  }
}

/** One that nobody listens at. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}
