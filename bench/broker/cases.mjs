// What is measured, and what was promised: bounds are of ours against Apache Kafka's, on one machine
// and in one run.

/**
 * @typedef {object} Case
 * @property {string} name
 * @property {import('./brokers.mjs').Durability} durability
 * @property {number} partitions
 * @property {import('./loads.mjs').Load} load
 * @property {boolean} [quick] also without --full
 * @property {Partial<Record<'rate' | 'p99' | 'cpu', number>>} limits rate at least, the others at most
 */

/** At least as fast; 0.8 of the CPU time a GB for what is produced, 0.9 for what is fetched. */
const produceLimits = { rate: 1, cpu: 0.8 }
const consumeLimits = { rate: 1, cpu: 0.9 }

/** Some five seconds of what Apache Kafka takes on two cores. */
const produced = {
  java: { 100: 4_000_000, 1024: 1_000_000 },
  librdkafka: { 100: 12_000_000, 1024: 2_000_000 },
}
const consumed = {
  java: { 100: 10_000_000, 1024: 2_000_000 },
  librdkafka: { 100: 10_000_000, 1024: 3_000_000 },
}

/** @type {('java' | 'librdkafka')[]} */
const clients = ['java', 'librdkafka']
/** @type {(100 | 1024)[]} */
const sizes = [100, 1024]

/** @returns {Case[]} */
function throughput() {
  return clients.flatMap((client) =>
    sizes.flatMap((recordBytes) =>
      ['1', 'all'].flatMap((acks) =>
        [1, 8].flatMap((partitions) =>
          ['none', 'lz4'].map((codec) => ({
            name: `${client}, ${recordBytes} B, acks ${acks}, ${partitions} part., ${codec}`,
            durability: /** @type {const} */ ('os'),
            partitions,
            load: {
              does: /** @type {const} */ ('produce'),
              client,
              records: produced[client][recordBytes],
              recordBytes,
              acks,
              codec,
            },
            quick: acks === 'all' && partitions === 1 && codec === 'none',
            limits: produceLimits,
          })),
        ),
      ),
    ),
  )
}

/** @returns {Case[]} */
function reading() {
  return clients.flatMap((client) =>
    sizes.map((recordBytes) => ({
      name: `${client} consumes ${recordBytes} B`,
      durability: /** @type {const} */ ('os'),
      partitions: 1,
      load: {
        does: /** @type {const} */ ('consume'),
        client,
        records: consumed[client][recordBytes],
        recordBytes,
      },
      quick: true,
      limits: consumeLimits,
    })),
  )
}

/**
 * @param {import('./brokers.mjs').Durability} durability
 * @param {number} rate
 * @param {number} records
 * @returns {Case}
 */
function latency(durability, rate, records) {
  return {
    name: `java, 1 KiB at ${rate} a second, ${durability}`,
    durability,
    partitions: 1,
    load: { does: 'produce', client: 'java', records, recordBytes: 1024, acks: 'all', rate },
    quick: rate === 10_000,
    limits: { p99: 0.5 },
  }
}

/** @returns {Case[]} each acknowledged when it is on the device */
function durable() {
  return clients.map((client) => ({
    name: `${client}, 1 KiB, acks all, sync`,
    durability: 'sync',
    partitions: 1,
    load: { does: 'produce', client, records: 300_000, recordBytes: 1024, acks: 'all' },
    quick: client === 'java',
    limits: { rate: 1, cpu: 0.8 },
  }))
}

export const cases = [
  ...throughput(),
  ...reading(),
  latency('os', 10_000, 100_000),
  latency('os', 500, 5000),
  ...durable(),
  latency('sync', 10_000, 100_000),
  latency('sync', 200, 2000),
]
