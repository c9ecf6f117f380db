// Schemas with a fault each: who compares schemas with Kafka's has to see every one.
import { apis } from '../../dist/protocol/index.js'
import { int16, int32, string } from '../../dist/protocol/schema.js'

const { describeGroups, fetch, joinGroup, metadata, offsetFetch } = apis

/** A copy of an API with fields of its request or response replaced. */
function altered(api, kind, change) {
  return { ...api, [kind]: change(api[kind]) }
}

function withOptions(field, options) {
  return { ...field, options: { ...field.options, ...options } }
}

/** Where the fault is one of the bytes, messages that pass through Kafka's classes show it too. */
export const damagedApis = [
  {
    name: 'a field of another type',
    kind: 'response',
    api: altered(joinGroup, 'response', (fields) => ({ ...fields, generationId: int16() })),
    isSeenInBytes: true,
  },
  {
    name: 'two fields of one type the other way round',
    kind: 'response',
    api: altered(joinGroup, 'response', ({ leader, memberId, members, ...rest }) => ({
      ...rest,
      memberId,
      leader,
      members,
    })),
    isSeenInBytes: true,
  },
  {
    name: 'a field a version too early',
    kind: 'request',
    api: altered(joinGroup, 'request', (fields) => ({
      ...fields,
      reason: withOptions(fields.reason, { since: 7 }),
    })),
    isSeenInBytes: true,
  },
  {
    name: 'a field a version too long',
    kind: 'request',
    api: altered(offsetFetch, 'request', (fields) => ({
      ...fields,
      groupId: withOptions(fields.groupId, { until: 8 }),
    })),
    isSeenInBytes: true,
  },
  {
    name: 'a field that is nullable a version too late',
    kind: 'request',
    api: altered(metadata, 'request', (fields) => ({
      ...fields,
      topics: withOptions(fields.topics, { nullableSince: 2 }),
    })),
  },
  {
    name: 'another default',
    kind: 'request',
    api: altered(fetch, 'request', (fields) => ({ ...fields, maxBytes: int32({ default: 1 }) })),
  },
  {
    name: 'another default of a tagged field',
    kind: 'request',
    api: altered(fetch, 'request', (fields) => ({
      ...fields,
      clusterId: withOptions(fields.clusterId, { default: '' }),
    })),
    isSeenInBytes: true,
  },
  {
    name: 'another tag',
    kind: 'response',
    api: altered(fetch, 'response', (fields) => ({
      ...fields,
      nodeEndpoints: withOptions(fields.nodeEndpoints, { tag: 1 }),
    })),
    isSeenInBytes: true,
  },
  {
    name: 'a field too many',
    kind: 'request',
    api: altered(describeGroups, 'request', (fields) => ({ ...fields, more: string() })),
    isSeenInBytes: true,
  },
  {
    name: 'flexible a version too late',
    kind: 'request',
    api: { ...metadata, flexibleSince: 10 },
    isSeenInBytes: true,
  },
]
