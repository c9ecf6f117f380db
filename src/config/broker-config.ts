import type { Option, OptionValues } from './option.js'

const int32Max = 2 ** 31 - 1

/** The options of a broker; docs/configuration.md describes each. */
export const brokerOptions = {
  nodeId: {
    kafka: 'node.id',
    default: -1,
    bounds: [-1, int32Max],
    meaning: 'What clients know the broker by. -1: as `meta.properties` in the directory says.',
  } as Option<number>,
  listeners: {
    kafka: 'listeners',
    default: 'PLAINTEXT://localhost:9092',
    meaning:
      'Where it listens: `NAME://HOST:PORT`, several with commas between. Host `localhost` is 127.0.0.1 and ' +
      '[::1], no host is every address of the machine; port 0 is one that is free.',
  } as Option<string>,
  advertisedListeners: {
    kafka: 'advertised.listeners',
    default: '',
    meaning:
      'Where clients are told to connect, by the names of `listeners`; port 0 is the one that is listened ' +
      'at. Default: where the broker listens or, where that is every address, the one that the client came to.',
  } as Option<string>,
  maxConnections: {
    kafka: 'max.connections',
    default: 10_000,
    bounds: [1, int32Max],
    meaning:
      'Connections at a time; more are closed at once. Kafka sets no limit; one is what keeps ' +
      'file descriptors for the logs.',
  } as Option<number>,
  maxConnectionsPerIp: {
    kafka: 'max.connections.per.ip',
    default: int32Max,
    bounds: [1, int32Max],
    meaning: 'The same for each address that clients come from.',
  } as Option<number>,
  socketRequestMaxBytes: {
    kafka: 'socket.request.max.bytes',
    default: 104_857_600,
    bounds: [1, int32Max],
    meaning: 'Largest request; who sends a larger one is disconnected.',
  } as Option<number>,
  connectionsMaxIdleMs: {
    kafka: 'connections.max.idle.ms',
    default: 600_000,
    bounds: [1, int32Max],
    meaning: 'A connection is closed after so long without a request or the rest of an answer.',
  } as Option<number>,
  autoCreateTopics: {
    kafka: 'auto.create.topics.enable',
    default: true,
    meaning:
      "Make a topic that is missing when a client asks for it by name, and doesn't forbid it.",
  } as Option<boolean>,
  deleteTopics: {
    kafka: 'delete.topic.enable',
    default: true,
    meaning: 'Let clients delete topics. With a data directory of its own the command line may.',
  } as Option<boolean>,
}

export type BrokerConfig = OptionValues<typeof brokerOptions>
