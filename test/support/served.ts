import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { Connection } from '../../src/broker/connection.js'
import type { Handler } from '../../src/broker/handler.js'
import { type BrokerOptions, type Problem, problemChannel } from '../../src/broker/index.js'
import { accepting } from '../../src/broker/listen.js'
import { Problems } from '../../src/broker/problems.js'
import { Service } from '../../src/broker/service.js'
import { brokerOptions } from '../../src/config/broker-config.js'
import { checkedOptions } from '../../src/config/option.js'
import { openEngine } from './engines.js'
import { WireClient } from './wire-client.js'

/** What brokers have told since this was called. */
export function problemsTold(): Problem[] {
  const told: Problem[] = []
  const hear = (message: unknown) => void told.push(message as Problem)
  subscribe(problemChannel, hear)
  onTestFinished(() => void unsubscribe(problemChannel, hear))
  return told
}

/**
 * Connections to handlers of the test's own: what they make of them, whatever the handlers do.
 *
 * @param prepare is given each socket first
 */
export async function serve(
  handlers: readonly Handler[],
  given: BrokerOptions = {},
  prepare: (socket: Socket) => void = () => {},
) {
  const options = checkedOptions(brokerOptions, given)
  const host = {
    engine: await openEngine(),
    options,
    nodeId: 1,
    clusterId: 'c',
    problems: new Problems(),
  }
  const service = new Service(host, new Map(handlers.map((one) => [one.api.key, one])))
  const connections: Connection[] = []
  const server = createServer(accepting, (socket) => {
    prepare(socket)
    connections.push(new Connection(socket, service, '127.0.0.1', { host: 'here', port: 1 }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const { port } = server.address() as { port: number }
  return { service, connections, connect: () => WireClient.connect(port) }
}
