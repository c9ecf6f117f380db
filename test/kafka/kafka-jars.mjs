// Apache Kafka's jars, fetched from Maven Central once into the user's cache.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

export const kafkaVersion = '4.1.0'

const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache')
const folder = join(cache, 'apache-kafka', kafkaVersion)
const libs = join(folder, 'libs')

// The broker with its tools, those of the shell, and a logging back end that needs no configuration.
const dependencies = [
  ['org.apache.kafka', 'kafka_2.13', kafkaVersion],
  ['org.apache.kafka', 'kafka-tools', kafkaVersion],
  ['org.slf4j', 'slf4j-nop', '1.7.36'],
]

function hasTool() {
  if (!existsSync(libs)) return false
  const jars = readdirSync(libs)
  return ['kafka_2.13', 'kafka-tools'].every((name) => jars.includes(`${name}-${kafkaVersion}.jar`))
}

/** Why the jars are not there and cannot be fetched; undefined where they are, or can. */
export function whatIsMissing() {
  if (!runs('java', ['-version'])) return 'a JDK 17 or later (there is no working `java`)'
  if (hasTool() || runs('mvn', ['--version'])) return undefined
  return 'Maven, which fetches the jars once (there is no working `mvn`)'
}

function runs(command, args) {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0
}

/** The class path of Kafka's tools; fetches the jars when they are not there yet. */
export function kafkaClassPath() {
  if (!hasTool()) fetchJars()
  return join(libs, '*')
}

function fetchJars() {
  console.log(`kafka: fetching Apache Kafka ${kafkaVersion} into ${libs}`)
  mkdirSync(libs, { recursive: true })
  const pom = join(folder, 'pom.xml')
  writeFileSync(pom, projectFile())
  const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${libs}`]
  const { status } = spawnSync('mvn', ['-q', '-B', '-f', pom, ...goal], { stdio: 'inherit' })
  if (status !== 0 || !hasTool()) throw new Error('Maven did not deliver the jars (see above)')
}

function projectFile() {
  const items = dependencies.map(([group, artifact, version]) =>
    element('dependency', {
      groupId: group,
      artifactId: artifact,
      version,
    }),
  )
  return [
    '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>',
    '<groupId>duramen.test</groupId><artifactId>kafka</artifactId><version>1</version>',
    `<dependencies>${items.join('')}</dependencies></project>`,
  ].join('\n')
}

function element(name, fields) {
  const inner = Object.entries(fields).map(([field, value]) => `<${field}>${value}</${field}>`)
  return `<${name}>${inner.join('')}</${name}>`
}
