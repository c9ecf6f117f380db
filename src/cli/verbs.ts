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
