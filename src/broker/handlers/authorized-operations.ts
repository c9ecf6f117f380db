// A set of Kafka's ACL operations, a bit for each. Without an authorizer a client may do whatever there
// is to be done with a resource.

/** The client has not asked. */
export const notAsked = -2147483648

/** Read, write, create, delete, alter, describe, and describe and alter configurations. */
export const topicOperations = 0b1101_1111_1000

/** Create, alter, describe, cluster action, both of configurations, and idempotent write. */
export const clusterOperations = 0b1_1111_1010_0000

/** Read, delete, describe, and describe and alter configurations. */
export const groupOperations = 0b1101_0100_1000
