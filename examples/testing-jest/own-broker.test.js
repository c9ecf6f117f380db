const { startTestBroker } = require('duramen/testing')
const { Kafka, logLevel } = require('kafkajs')

let broker
let producer

beforeAll(async () => {
  broker = await startTestBroker({ topics: ['clicks'] })
  const retry = { initialRetryTime: 50 }
  const kafka = new Kafka({ brokers: broker.brokers, logLevel: logLevel.NOTHING, retry })
  producer = kafka.producer()
  await producer.connect()
})

afterAll(async () => {
  await producer.disconnect()
  await broker.close()
})

const send = (value) => producer.send({ topic: 'clicks', messages: [{ value }] })

test('a test file may have a broker of its own', async () => {
  const [{ baseOffset }] = await send('one')
  expect(baseOffset).toBe('0')
})

test('what is refused for a moment is sent again', async () => {
  broker.failNext('Produce', 'NOT_LEADER_OR_FOLLOWER', 2)
  const [{ errorCode }] = await send('two')
  expect(errorCode).toBe(0)
})

test('what is refused for good fails', async () => {
  broker.failNext('Produce', 'MESSAGE_TOO_LARGE')
  await expect(send('three')).rejects.toMatchObject({ type: 'MESSAGE_TOO_LARGE' })
})
