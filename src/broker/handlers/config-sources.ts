/** Kafka's numbers for where a configuration has its value from. */
export const configSources = { topic: 1, broker: 4, default: 5 } as const
