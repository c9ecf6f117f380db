// What is tested: a service that adds up the orders of each customer.
export async function startTotals(kafka, onOrder = () => {}) {
  const totals = new Map()
  // Else disconnecting waits for a fetch that is under way: 5 s by default.
  const consumer = kafka.consumer({ groupId: 'totals', maxWaitTimeInMs: 100 })
  await consumer.connect()
  await consumer.subscribe({ topics: ['orders'], fromBeginning: true })
  await consumer.run({
    eachMessage: async ({ message }) => {
      const customer = String(message.key)
      const { sum } = JSON.parse(String(message.value))
      totals.set(customer, (totals.get(customer) ?? 0) + sum)
      onOrder()
    },
  })
  return { totals, stop: () => consumer.disconnect() }
}

export async function placeOrders(kafka, orders) {
  const producer = kafka.producer()
  await producer.connect()
  const messages = orders.map(([key, sum]) => ({ key, value: JSON.stringify({ sum }) }))
  await producer.send({ topic: 'orders', messages })
  await producer.disconnect()
}
