import type { AnyVerb } from './verb.js'

/** A verb by name; what it is made of is loaded only when it is called. */
export interface VerbEntry {
  readonly name: string
  readonly summary: string
  readonly load: () => Promise<AnyVerb>
}

export const verbs: readonly VerbEntry[] = [
  {
    name: 'consume',
    summary: 'writes the records of a topic to standard output',
    load: async () => (await import('./consume.js')).consume,
  },
  {
    name: 'dump',
    summary: 'shows the files of a log as text',
    load: async () => (await import('./dump.js')).dump,
  },
  {
    name: 'groups delete',
    summary: 'deletes a group and what it has committed',
    load: async () => (await import('./groups-delete.js')).groupsDelete,
  },
  {
    name: 'groups describe',
    summary: 'shows committed offsets, lags and members',
    load: async () => (await import('./groups-describe.js')).groupsDescribe,
  },
  {
    name: 'groups list',
    summary: 'names the groups of a data directory',
    load: async () => (await import('./groups-list.js')).groupsList,
  },
  {
    name: 'groups reset-offsets',
    summary: 'commits other offsets for a group without members',
    load: async () => (await import('./groups-reset-offsets.js')).groupsResetOffsets,
  },
  {
    name: 'perf consume',
    summary: 'measures how fast a topic is read',
    load: async () => (await import('./perf/perf-consume.js')).perfConsume,
  },
  {
    name: 'perf produce',
    summary: 'measures how fast records are appended, and how long each takes',
    load: async () => (await import('./perf/perf-produce.js')).perfProduce,
  },
  {
    name: 'produce',
    summary: 'appends lines or NDJSON to a topic',
    load: async () => (await import('./produce.js')).produce,
  },
  {
    name: 'repair',
    summary: 'mends files, keeping what it replaces',
    load: async () => (await import('./repair.js')).repair,
  },
  {
    name: 'serve',
    summary: "serves a data directory to Kafka's clients",
    load: async () => (await import('./serve.js')).serve,
  },
  {
    name: 'topics alter',
    summary: "changes a topic's configuration, or adds partitions",
    load: async () => (await import('./topics-alter.js')).topicsAlter,
  },
  {
    name: 'topics create',
    summary: 'makes a topic, and the data directory where it is missing',
    load: async () => (await import('./topics-create.js')).topicsCreate,
  },
  {
    name: 'topics delete',
    summary: 'deletes a topic and all its records',
    load: async () => (await import('./topics-delete.js')).topicsDelete,
  },
  {
    name: 'topics describe',
    summary: 'shows ids, configurations, offsets and sizes',
    load: async () => (await import('./topics-describe.js')).topicsDescribe,
  },
  {
    name: 'topics list',
    summary: 'names the topics of a data directory',
    load: async () => (await import('./topics-list.js')).topicsList,
  },
  {
    name: 'verify',
    summary: 'checks files and changes nothing',
    load: async () => (await import('./verify.js')).verify,
  },
]
