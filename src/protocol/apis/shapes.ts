import { int8, int16, int32, string, structs } from '../schema.js'

// What several APIs have alike.

/** Where a broker listens (KIP-951). */
export const nodeEndpoint = {
  nodeId: int32(),
  host: string(),
  port: int32(),
  rack: string({ nullableSince: 0, default: null }),
}

/** Who leads a partition, for a client that asked somebody else (KIP-951). */
export const leaderIdAndEpoch = {
  leaderId: int32({ default: -1 }),
  leaderEpoch: int32({ default: -1 }),
}

/** What became of each partition. */
export const partitionErrors = structs({
  name: string(),
  partitions: structs({ partitionIndex: int32(), errorCode: int16() }),
})

interface AskedTopic {
  readonly name: string
  readonly partitions: readonly { readonly partitionIndex: number }[]
}

/** The same error for each partition that is asked for. */
export function allPartitions(topics: readonly AskedTopic[], errorCode: number) {
  return topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
  }))
}

/** What became of each resource whose configuration is changed. */
export const resourceErrors = structs({
  errorCode: int16(),
  errorMessage: string({ nullableSince: 0 }),
  resourceType: int8(),
  resourceName: string(),
})

interface AskedResource {
  readonly resourceType: number
  readonly resourceName: string
}

/** The same error for each resource that is asked for. */
export function allResources(resources: readonly AskedResource[], errorCode: number) {
  return resources.map(({ resourceType, resourceName }) => ({
    errorCode,
    errorMessage: null,
    resourceType,
    resourceName,
  }))
}

/** Which rules an operation on them is about. */
export const aclFilter = {
  resourceTypeFilter: int8(),
  resourceNameFilter: string({ nullableSince: 0 }),
  patternTypeFilter: int8({ default: 3 }),
  principalFilter: string({ nullableSince: 0 }),
  hostFilter: string({ nullableSince: 0 }),
  operation: int8(),
  permissionType: int8(),
}

/** What a rule says of its resource. */
export const aclRule = {
  principal: string(),
  host: string(),
  operation: int8(),
  permissionType: int8(),
}
