export { Broker, type BrokerOptions } from './broker.js'
export type { Endpoint } from './handler.js'
export type { ApiMetrics, BrokerMetrics, Latencies } from './metrics.js'
export { type Problem, problemChannel } from './problems.js'
