import type { TestBroker, TestBrokerOptions } from './index.js' with { 'resolution-mode': 'import' }

export type {
  Storage,
  TestApiName,
  TestBroker,
  TestBrokerOptions,
  TestTopic,
} from './index.js' with { 'resolution-mode': 'import' }

/** As that of `import 'duramen/testing'`. */
export declare function startTestBroker(options?: TestBrokerOptions): Promise<TestBroker>
