const { startTestBroker } = require('duramen/testing')

// One broker for all test files: each uses topics and groups of its own.
module.exports = async () => {
  const broker = await startTestBroker()
  globalThis.broker = broker
  process.env.KAFKA_BROKERS = broker.bootstrapServers
}
