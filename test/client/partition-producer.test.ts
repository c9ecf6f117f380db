import { describe, expect, it } from 'vitest'
import {
  type Acks,
  newProducerId,
  PartitionLeader,
  PartitionProducer,
} from '../../src/client/index.js'
import { apis } from '../../src/protocol/index.js'
import { BatchBuilder } from '../../src/record/index.js'
import { startBroker } from '../support/brokers.js'
import { CuttingProxy, freePort } from '../support/cutting-proxy.js'
import { openEngine } from '../support/engines.js'
import { codeOf, valuesOf } from '../support/logs.js'
import { clientTo, ScriptedBroker } from '../support/scripted-broker.js'

/** A broker that clients reach by a way which can be lost. */
async function behindProxy() {
  const engine = await openEngine()
  await engine.createTopic('clicks')
  const proxy = await CuttingProxy.start()
  proxy.target = await freePort()
  await startBroker(
    {
      listeners: `127.0.0.1:${proxy.target}`,
      advertisedListeners: `PLAINTEXT://127.0.0.1:${proxy.port}`,
    },
    engine,
  )
  return { engine, proxy, cluster: clientTo(proxy.port) }
}

function batch(value: string, options: object): Promise<Buffer> {
  const builder = new BatchBuilder(options)
  builder.append({ value })
  return builder.buildAsync()
}

describe('batches whose acknowledgement is lost', () => {
  it('are sent again, and stored once and in order', async () => {
    const { engine, proxy, cluster } = await behindProxy()
    const id = await newProducerId(cluster)
    const producer = new PartitionProducer(new PartitionLeader(cluster, 'clicks', 0, 1), -1, true)
    await cluster.topic('clicks')
    let lost = 0
    proxy.loses = () => lost++ < 1
    const values = Array.from({ length: 20 }, (_, i) => String(i))
    await Promise.all(
      values.map((value, baseSequence) => producer.append(batch(value, { ...id, baseSequence }))),
    )
    expect(lost).toBeGreaterThan(1)
    expect(valuesOf(await (await engine.log('clicks', 0)).read(0))).toEqual(values)
  })

  it('are not sent again where the broker could not tell them', async () => {
    const { engine, proxy, cluster } = await behindProxy()
    const producer = new PartitionProducer(new PartitionLeader(cluster, 'clicks', 0, 1), 1, false)
    await cluster.topic('clicks')
    proxy.loses = () => true
    expect(await codeOf(() => producer.append(batch('a', {})))).toBe('ERR_CONNECTION')
    expect((await engine.log('clicks', 0)).logEndOffset).toBe(1)
  })
})

describe('what a broker refuses', () => {
  async function producing(errorCode: number, acks: Acks = 1) {
    const broker = await ScriptedBroker.start(({ api }) => {
      const partitionResponses = [{ index: 0, errorCode, baseOffset: -1 }]
      return api === apis.produce
        ? { responses: [{ name: 'clicks', partitionResponses }], throttleTimeMs: 0 }
        : undefined
    })
    const cluster = broker.client()
    await cluster.topic('clicks')
    return new PartitionProducer(new PartitionLeader(cluster, 'clicks', 0, 1), acks, true)
  }

  it('fails, and so does what stands behind it', async () => {
    const producer = await producing(10)
    const all = ['a', 'b', 'c'].map((value) => codeOf(() => producer.append(batch(value, {}))))
    expect(await Promise.all(all)).toEqual(Array(3).fill('ERR_BATCH_TOO_LARGE'))
  })

  it('because it has it already, is there', async () => {
    const producer = await producing(46)
    expect(await producer.append(batch('a', {}))).toMatchObject({ duplicate: true })
  })
})
