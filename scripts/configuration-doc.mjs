// Writes docs/configuration.md from the option tables in src/: run it after a build.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The text of docs/configuration.md. */
export function configurationDocument(tables) {
  const { engine, log, batch, topic, producer, consumer, group, broker, topicDefaults } = tables
  return `${intro}
## An engine: \`open(directory, options)\`

${table(engine)}

## A log: \`PartitionLog.open(directory, options)\`

${table(log)}

## A batch: \`log.append(records, options)\`

${table(batch)}

## A topic: \`engine.createTopic(name, { config })\`, \`duramen topics create --config\`

Programs give either name, and values of their type or as text; on the command line and on the wire they are Kafka's
names with text. Kafka's largest number, 9223372036854775807, is taken for 9007199254740991: both say never.

${table(topic)}

## A producer: \`engine.producer(options)\`

${table(producer)}

## A consumer: \`engine.consumer(options)\`

${table(consumer)}

## The group coordinator: \`open(directory, { groups })\`

${table(group)}

## A broker: \`Broker.start(engine, options)\`, \`duramen serve\`

${table(broker)}

## Defaults of topics: \`--config\`, \`--set\`

What a topic has that does not say otherwise. The values are those of the topic's configuration, above; of several
names the first that is given counts. In a program: \`open(directory, { topicDefaults })\`, by the topic's names.

${defaultsTable(topic, topicDefaults)}
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

function defaultsTable(topic, topicDefaults) {
  const rows = Object.entries(topicDefaults).map(([name, settings]) => {
    const names = settings.map(({ kafka }) => `\`${kafka}\``).join(', ')
    return `| ${names} | \`${topic[name].kafka}\` |`
  })
  return `| setting | default of |\n|---|---|\n${rows.join('\n')}`
}

function initial({ default: value }) {
  return value === undefined ? '' : `\`${JSON.stringify(value).replaceAll('"', "'")}\``
}

function allowed({ default: value, bounds, fraction, choices, made }) {
  if (Array.isArray(value)) return `a list of ${choices.map(quoted).join(', ')}`
  if (fraction) return `${bounds.join(' to ')}, with fractions`
  if (choices === undefined) return bounds === undefined ? typeof value : bounds.join(' to ')
  return [...choices.map(quoted), ...(made ? [`\`${made[0]}\``] : [])].join(', ')
}

function quoted(choice) {
  return typeof choice === 'string' ? `\`'${choice}'\`` : `\`${choice}\``
}

function kafkaName({ kafka }) {
  return kafka === undefined ? '' : `\`${kafka}\``
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { engineOptions } = await import('../dist/config/engine-config.js')
  const { logOptions } = await import('../dist/config/log-options.js')
  const { batchOptionTable } = await import('../dist/record/batch-options.js')
  const { topicOptions } = await import('../dist/config/topic-config.js')
  const { groupOptions } = await import('../dist/config/group-config.js')
  const { brokerOptions } = await import('../dist/config/broker-config.js')
  const { topicDefaultNames } = await import('../dist/config/topic-defaults.js')
  const { producerOptions } = await import('../dist/producer/producer-options.js')
  const { consumerOptions } = await import('../dist/consumer/consumer-options.js')
  const text = configurationDocument({
    engine: engineOptions,
    log: logOptions,
    batch: batchOptionTable,
    topic: topicOptions,
    producer: producerOptions,
    consumer: consumerOptions,
    group: groupOptions,
    broker: brokerOptions,
    topicDefaults: topicDefaultNames,
  })
  writeFileSync(new URL('../docs/configuration.md', import.meta.url), text)
}
