export { Broker, type BrokerOptions } from './broker.js'
export type { Endpoint } from './handler.js'
