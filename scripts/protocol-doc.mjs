// Writes docs/protocol.md from the schemas in src/protocol/apis/ and the broker's table of handlers:
// run it after a build.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The text of docs/protocol.md: `served` has the versions that the broker serves, by key. */
export function protocolDocument(apis, served) {
  const sorted = [...apis].sort((a, b) => a.key - b.key)
  const rows = sorted.map((api) => `| ${row(api, served.get(api.key)).join(' | ')} |`)
  return `${[intro, ...rows].join('\n')}\n\n${sorted.map(section).join('\n\n')}\n`
}

const intro = `# Kafka's protocol

Made from the schemas in \`src/protocol/apis/\` and the handlers in \`src/broker/handlers/\` by
\`scripts/protocol-doc.mjs\`: change it there. \`npm run test:kafka\` compares the schemas with Apache Kafka's own.

A version that is described and not served is answered with an error in its own form (Produce 0 to 2 too), any
other closes the connection; ApiVersions answers error 35 in version 0. ApiVersions says that Produce begins
at 0: librdkafka does not compress for a broker without the old versions.

Numbers are big-endian. A text has its length in front as an int16, bytes, records and lists as an int32; -1 is
null. In flexible versions these lengths are unsigned varints of one more, and each structure ends in its tagged
fields, which are left out where they are the default. A nullable structure has a byte in front, -1 for null.

Below each field stands with its type and the versions that have it, where not all do. A field that is not in a
version is read as its default: 0, false, empty, or what is said.

| key | API | versions | flexible from | served |
|---|---|---|---|---|`

function row({ key, name, versions, flexibleSince }, served) {
  const link = `[${name}](#${name.toLowerCase()})`
  return [key, link, span(versions), flexibleSince ?? 'none', served ? span(served) : 'no']
}

function span([first, last]) {
  return first === last ? `${first}` : `${first} to ${last}`
}

function section({ key, name, request, response }) {
  const lines = [`request ${key}`, ...linesOf(request, 1), 'response', ...linesOf(response, 1)]
  return `## ${name}\n\n\`\`\`text\n${lines.join('\n')}\n\`\`\``
}

function linesOf(fields, depth) {
  return Object.entries(fields).flatMap(([name, { shape, options }]) => {
    const notes = [typeOf(shape), ...notesOf(options)].join(', ')
    return [`${'  '.repeat(depth)}${name}: ${notes}`, ...linesOf(innerFields(shape), depth + 1)]
  })
}

function innerFields(shape) {
  return shape.fields ?? shape.items?.fields ?? {}
}

function typeOf(shape) {
  if (shape.items === undefined) return shape.scalar ?? 'structure'
  return shape.items.fields === undefined ? `list of ${typeOf(shape.items)}` : 'list'
}

function notesOf({ since, until, nullableSince, tag, default: value }) {
  return [
    versionsNote(since, until),
    nullableNote(nullableSince, since),
    tag === undefined ? undefined : `tag ${tag}`,
    value ? `default ${value}` : value === null ? 'default null' : undefined,
  ].filter((note) => note !== undefined)
}

function versionsNote(since, until) {
  if (since === undefined) return until === undefined ? undefined : `to ${until}`
  return until === undefined ? `from ${since}` : span([since, until])
}

function nullableNote(nullableSince, since = 0) {
  if (nullableSince === undefined) return undefined
  return nullableSince > since ? `null from ${nullableSince}` : 'nullable'
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { apis } = await import('../dist/protocol/index.js')
  const { handlers } = await import('../dist/broker/handlers/index.js')
  const served = new Map([...handlers].map(([key, { versions }]) => [key, versions]))
  const text = protocolDocument(Object.values(apis), served)
  writeFileSync(new URL('../docs/protocol.md', import.meta.url), text)
}
