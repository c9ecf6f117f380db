import { onTestFinished } from 'vitest'
import { Broker, type BrokerOptions } from '../../src/broker/index.js'
import type { Engine } from '../../src/engine.js'
import { openEngine } from './engines.js'

/** A broker on a port of its own, that is closed when the test has finished. */
export async function startBroker(options: BrokerOptions = {}, engine?: Engine): Promise<Broker> {
  const over = engine ?? (await openEngine())
  const broker = await Broker.start(over, { listeners: '127.0.0.1:0', ...options })
  onTestFinished(() => broker.close())
  return broker
}
