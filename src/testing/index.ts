export type { Storage } from './directory.js'
export type { TestBrokerOptions, TestTopic } from './options.js'
export { startTestBroker, type TestApiName, type TestBroker } from './test-broker.js'
