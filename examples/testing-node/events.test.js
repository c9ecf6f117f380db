import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startTestBroker } from 'duramen/testing'
import { Kafka, logLevel } from 'kafkajs'

let broker
let kafka

before(async () => {
  broker = await startTestBroker({ topics: [{ name: 'events', partitions: 2 }] })
  kafka = new Kafka({ brokers: broker.brokers, logLevel: logLevel.NOTHING })
})
after(() => broker.close())

test('a consumer goes on where its group stands', async () => {
  const producer = kafka.producer()
  await producer.connect()
  for (const value of ['one', 'two']) {
    await producer.send({ topic: 'events', messages: [{ key: 'k', value }] })
    assert.deepEqual(await next('workers'), value)
  }
  await producer.disconnect()
})

test('what a test needs to be there is appended without a client', async () => {
  await broker.createTopics(['history'])
  const appender = broker.engine.producer()
  await appender.sendBatch('history', [{ value: 'old' }, { value: 'older' }])
  const admin = kafka.admin()
  await admin.connect()
  const [{ high }] = await admin.fetchTopicOffsets('history')
  await admin.disconnect()
  assert.equal(high, '2')
})

/** The value of the next event for a group. */
async function next(groupId) {
  const consumer = kafka.consumer({ groupId })
  await consumer.connect()
  await consumer.subscribe({ topic: 'events', fromBeginning: true })
  const value = await new Promise((resolve) => {
    consumer.run({ eachMessage: async ({ message }) => resolve(String(message.value)) })
  })
  await consumer.disconnect()
  return value
}
