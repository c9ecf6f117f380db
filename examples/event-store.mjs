// An event-sourced store: accounts are what their events say. The log is the only thing stored; any
// state, also that of a time in the past, is made by reading it again.
//
//   node event-store.mjs [DIRECTORY]
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { open } from 'duramen'

const partitions = 4
const noon = Date.UTC(2026, 0, 1, 12)
const scratch = await mkdtemp(join(tmpdir(), 'duramen-events-'))
const engine = await open(process.argv[2] ?? scratch, { flush: 'sync' })
try {
  const topic = `accounts-${process.pid}`
  // Events are kept for good: the default would be seven days.
  await engine.createTopic(topic, { partitions, config: { 'retention.ms': -1 } })

  // The key decides on the partition, so that the events of an account stay in order.
  const producer = engine.producer()
  const event = (minute) => ({
    key: `account-${minute % 97}`,
    value: JSON.stringify({
      type: minute % 3 === 0 ? 'withdrawn' : 'deposited',
      amount: minute % 50,
    }),
    timestamp: noon + (minute - 720) * 60_000,
  })
  const day = Array.from({ length: 1440 }, (_, minute) => event(minute))
  await producer.sendBatch(topic, day)

  const now = new Map()
  for await (const record of replay(topic)) apply(now, record)

  // As of noon: the same, but what came later does not count.
  const atNoon = new Map()
  for await (const record of replay(topic)) if (record.timestamp < noon) apply(atNoon, record)

  // Since noon: begins where the first event of the afternoon stands, and reads nothing before.
  const caughtUp = new Map(atNoon)
  let afternoon = 0
  for await (const record of replay(topic, noon)) {
    apply(caughtUp, record)
    afternoon++
  }

  assert.deepEqual([...now].sort(), [...balancesOf(day)].sort(), 'a replay gave another state')
  assert.deepEqual([...caughtUp].sort(), [...now].sort(), 'morning and afternoon are not the day')
  assert.equal(afternoon, 720, 'the afternoon has as many events as minutes')
  console.log(`${day.length} events make ${now.size} accounts with ${sum(now)} in all`)
  console.log(`as of noon it was ${sum(atNoon)}; ${afternoon} events since then lead to the same`)
} finally {
  await engine.close()
  await rm(scratch, { recursive: true })
}

/** The events that there are, from the first, or from the first of that time on. */
async function* replay(topic, since) {
  const places = []
  for (let partition = 0; partition < partitions; partition++) {
    const { offset } =
      since === undefined
        ? { offset: 0 }
        : ((await engine.offsetForTimestamp({ topic, partition }, since)) ?? {})
    if (offset !== undefined) places.push({ topic, partition, offset })
  }
  const consumer = engine.consumer()
  await consumer.assign(places)
  while (places.some((place) => consumer.lag(place) > 0)) yield* await consumer.poll(0)
  await consumer.close()
}

function apply(accounts, { key, value }) {
  const { type, amount } = JSON.parse(value)
  const account = String(key)
  const change = type === 'deposited' ? amount : -amount
  accounts.set(account, (accounts.get(account) ?? 0) + change)
}

function balancesOf(events) {
  const accounts = new Map()
  for (const event of events) apply(accounts, event)
  return accounts
}

function sum(accounts) {
  return [...accounts.values()].reduce((total, balance) => total + balance, 0)
}
