import { nearest } from '../config/nearest.js'
import { usage } from './failure.js'
import { type VerbEntry, verbs } from './verbs.js'

/** The verbs of two words that begin with `first`: `topics list` and its like. */
export function familyOf(first: string): readonly VerbEntry[] {
  return verbs.filter(({ name }) => name.startsWith(`${first} `))
}

/**
 * The verb that a command line begins with, in one word or two.
 *
 * @throws DuramenError `ERR_USAGE` that says which there are
 */
export function findVerb(first: string, second = ''): VerbEntry {
  const entry = verbs.find(({ name }) => name === first || name === `${first} ${second}`)
  if (entry !== undefined) return entry
  const family = familyOf(first)
  if (family.length > 0) throw usage(`${first} has no ${second}; there is ${namesOf(family)}`)
  const names = verbs.map(({ name }) => name)
  const families = names.map((name) => name.split(' ')[0] as string)
  const meant = nearest(`${first} ${second}`, names) ?? nearest(first, [...names, ...families])
  throw usage(
    `there is no verb ${first}; ${meant === undefined ? thereAre() : `did you mean ${meant}?`}`,
  )
}

/** For a message: all verbs. */
export function thereAre(): string {
  return `there are ${namesOf(verbs)}; see duramen --help`
}

export function namesOf(entries: readonly VerbEntry[]): string {
  return entries.map(({ name }) => name).join(', ')
}
