const { Kafka, logLevel } = require('kafkajs')

const kafka = new Kafka({
  brokers: process.env.KAFKA_BROKERS.split(','),
  logLevel: logLevel.NOTHING,
})

test('what is produced is consumed, from the broker of global-setup.js', async () => {
  const topic = 'letters'
  const producer = kafka.producer()
  await producer.connect()
  await producer.send({ topic, messages: ['a', 'b', 'c'].map((value) => ({ value })) })
  await producer.disconnect()

  const consumer = kafka.consumer({ groupId: 'readers' })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  const received = []
  await new Promise((resolve) => {
    consumer.run({
      eachMessage: async ({ message }) => {
        if (received.push(String(message.value)) === 3) resolve()
      },
    })
  })
  await consumer.disconnect()
  expect(received).toEqual(['a', 'b', 'c'])
})
