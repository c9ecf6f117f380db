// Writes docs/errors.md from the table in src/errors.ts: run it after a build.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The text of docs/errors.md. */
export function errorsDocument(errors) {
  const sorted = Object.keys(errors).sort((a, b) => (byLetters(a) < byLetters(b) ? -1 : 1))
  const sections = sorted
    .map((code) => [code, errors[code]])
    .map(([code, { kafkaCode, retriable, meaning, remedy }]) =>
      [
        `## ${code}\n`,
        `${meaning}\n`,
        `- Remedy: ${remedy}`,
        `- Retriable: ${retriable ? 'yes, the same call can succeed later' : 'no'}`,
        ...(kafkaCode === undefined ? [] : [`- Kafka's error number: ${kafkaCode}`]),
      ].join('\n'),
    )
  return `${intro}\n${sections.join('\n\n')}\n`
}

const byLetters = (code) => code.replaceAll('_', ' ')

const intro = `# Errors

Made from the tables in \`src/errors.ts\` and \`src/errors/\` by \`scripts/errors-doc.mjs\`: change it there.

Every error is a \`DuramenError\`. Tell them apart by \`code\`; messages may change. An error also has
\`retriable\` and, where they apply, \`kafkaCode\`, \`cause\`, \`errno\`, \`syscall\`, \`path\`, \`position\`,
\`topic\`, \`partition\`, \`fromOffset\` and \`toOffset\` (both included), \`durableOffset\` and \`memberId\`. An abort rejects
with the signal's own reason instead.
`

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { ERRORS } = await import('../dist/errors.js')
  writeFileSync(new URL('../docs/errors.md', import.meta.url), errorsDocument(ERRORS))
}
