import { startTestBroker } from 'duramen/testing'
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { placeOrders, startTotals } from './orders.js'

let broker
let kafka
let service

beforeAll(async () => {
  broker = await startTestBroker({ topics: [{ name: 'orders', partitions: 3 }] })
})
afterAll(() => broker.close())

beforeEach(async () => {
  const retry = { initialRetryTime: 50 }
  kafka = new Kafka({ brokers: broker.brokers, logLevel: logLevel.NOTHING, retry })
  service = await startTotals(kafka)
})
afterEach(async () => {
  await service.stop()
  await broker.reset()
})

const becomes = (totals) =>
  vi.waitFor(() => expect(Object.fromEntries(service.totals)).toEqual(totals), { timeout: 10_000 })

it('adds up the orders of each customer', async () => {
  await placeOrders(kafka, [
    ['ada', 3],
    ['grace', 5],
    ['ada', 4],
  ])
  await becomes({ ada: 7, grace: 5 })
})

it('starts from nothing in each test', async () => {
  await placeOrders(kafka, [['ada', 1]])
  await becomes({ ada: 1 })
})

it('places orders though the broker refuses twice', async () => {
  broker.failNext('Produce', 'NOT_LEADER_OR_FOLLOWER', 2)
  await placeOrders(kafka, [['ada', 2]])
  await becomes({ ada: 2 })
})

it('goes on after the network has failed', async () => {
  await placeOrders(kafka, [['ada', 2]])
  await becomes({ ada: 2 })
  broker.dropConnections()
  await placeOrders(kafka, [['grace', 6]])
  await becomes({ ada: 2, grace: 6 })
})
