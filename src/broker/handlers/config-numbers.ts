// Kafka's numbers in what is said of configurations.

/** What has them. */
export const resourceTypes = { topic: 2, broker: 4, brokerLogger: 8 } as const

/** Where one has its value from. */
export const configSources = { topic: 1, broker: 4, default: 5 } as const

/** What its value is. */
export const configTypes = { boolean: 1, string: 2, int: 3, long: 5, double: 6, list: 7 } as const

export const alterOperations = { set: 0, delete: 1, append: 2, subtract: 3 } as const
