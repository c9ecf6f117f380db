// Writes docs/configuration.md from the option tables in src/: run it after a build.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The text of docs/configuration.md. */
export function configurationDocument(logOptions, batchOptions, groupOptions) {
  return `${intro}
## A log: \`PartitionLog.open(directory, options)\`

${table(logOptions)}

## A batch: \`log.append(records, options)\`

${table(batchOptions)}

## The group coordinator

${table(groupOptions)}
`
}

const intro = `# Configuration

Made from the tables in \`src/config/\` and \`src/record/batch-options.ts\` by \`scripts/configuration-doc.mjs\`:
change it there. A name, type or value that is not here is refused with \`ERR_INVALID_OPTION\`.
`

function table(options) {
  const rows = Object.entries(options).map(([name, option]) =>
    [`\`${name}\``, initial(option), allowed(option), kafkaName(option), option.meaning].join(
      ' | ',
    ),
  )
  return `| option | default | allowed | Kafka's name | meaning |\n|---|---|---|---|---|\n${rows.map((row) => `| ${row} |`).join('\n')}`
}

function initial({ default: value }) {
  return value === undefined ? '' : `\`${JSON.stringify(value).replaceAll('"', "'")}\``
}

function allowed({ default: value, bounds, choices, made }) {
  if (choices === undefined) return bounds === undefined ? typeof value : bounds.join(' to ')
  return [...choices.map((choice) => `\`'${choice}'\``), ...(made ? [`\`${made[0]}\``] : [])].join(
    ', ',
  )
}

function kafkaName({ kafka }) {
  return kafka === undefined ? '' : `\`${kafka}\``
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { logOptions } = await import('../dist/config/log-options.js')
  const { batchOptionTable } = await import('../dist/record/batch-options.js')
  const { groupOptions } = await import('../dist/config/group-config.js')
  const text = configurationDocument(logOptions, batchOptionTable, groupOptions)
  writeFileSync(new URL('../docs/configuration.md', import.meta.url), text)
}
