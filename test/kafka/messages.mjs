// Passes random messages both ways through Kafka's own classes, and compares the schemas with Kafka's
// definitions, refusals with Kafka's, and error numbers with Kafka's.
import assert from 'node:assert/strict'
import {
  apis,
  decodeRequest,
  decodeResponse,
  encodeRequest,
  encodeResponse,
  errorCodes,
} from '../../dist/protocol/index.js'
import { numbers } from '../support/random.mjs'
import { asJson, randomMessage, reduced } from '../support/random-messages.mjs'
import { askKafka } from './ask-kafka.mjs'
import { compareWithDefinition, isInKafka, versionsOf } from './definitions.mjs'
import { damagedApis } from './schema-damages.mjs'

const kinds = ['request', 'response']
const correlationId = 0x01020304
const clientId = 'kliënt'

/** Messages of every API, kind and version: what is rare in one field is then met in some. */
const samples = 12

/**
 * What was checked, by groups: how many `checks` there were and the `problems` that were found; in a
 * group that was damaged on purpose (`isDamaged`) there must be some.
 */
export function checkMessages({ seed }) {
  const random = numbers(seed)
  const all = Object.values(apis)
  const checks = [
    numbersCheck(),
    ...all.flatMap((api) => kinds.map((kind) => definitionCheck(api, kind))),
    ...all.flatMap((api) => messageChecks(api, random)),
    ...all.flatMap((api) => refusalChecks(api, random)),
    ...damagedApis.flatMap((damaged) => damageChecks(damaged, random)),
  ]
  const answers = askKafka(checks.map(({ question }) => question))
  const groups = new Map()
  for (const [i, { group, isDamaged = false, name, judge }] of checks.entries()) {
    if (!groups.has(group)) groups.set(group, { group, isDamaged, checks: 0, problems: [] })
    const found = groups.get(group)
    found.checks++
    const problem = problemOf(() => judge(answers[i]))
    if (problem !== undefined) found.problems.push(`${name}: ${problem}`)
  }
  return [...groups.values()]
}

function problemOf(judge) {
  try {
    judge()
    return undefined
  } catch (error) {
    return error.message
  }
}

function numbersCheck() {
  return {
    group: 'error numbers',
    name: 'error numbers',
    question: { about: 'errors' },
    judge: (theirs) => {
      const named = Object.entries(theirs).map(([name, code]) => [camelCase(name), code])
      const known = named.filter(([name]) => name in errorCodes)
      assert.deepEqual(errorCodes, Object.fromEntries(known))
    },
  }
}

function camelCase(name) {
  return name.toLowerCase().replace(/_(\w)/g, (_, letter) => letter.toUpperCase())
}

function definitionCheck(api, kind, more = { group: 'definitions' }) {
  const name = `${api.name}${kind === 'request' ? 'Request' : 'Response'}`
  return {
    ...more,
    name,
    question: { about: 'definition', name },
    judge: ({ definition, error }) => {
      assert.ifError(error)
      compareWithDefinition(definition, api, kind)
    },
  }
}

function messageChecks(api, random, more = { group: 'messages' }) {
  return versionsOf(api)
    .filter((version) => isInKafka(api, version))
    .flatMap((version) => kinds.map((kind) => ({ version, kind })))
    .flatMap((which) => Array.from({ length: samples }, () => which))
    .map(({ version, kind }) => ({ ...more, ...messageCheck(api, kind, version, random) }))
}

function messageCheck(api, kind, version, random) {
  const message = randomMessage(api[kind], version, random)
  const bytes = encoded(api, kind, version, message)
  const question = {
    ...{ about: 'message', key: api.key, version, isRequest: kind === 'request' },
    bytes: bytes.toString('base64'),
    body: asJson(api[kind], version, message, true),
  }
  const judge = ({ left, header, body, again, fromJson, error }) => {
    assert.ifError(error)
    assert.equal(left, 0, 'bytes that Kafka did not read')
    assert.deepEqual(header, headerOf(api, kind, version))
    assert.deepEqual(body, asJson(api[kind], version, message), 'what Kafka reads')
    assert.equal(again, question.bytes, 'what Kafka writes of what it read')
    const read = decoded(api, kind, version, Buffer.from(fromJson, 'base64'))
    assert.deepEqual(reduced(api[kind], version, read), message, 'what Kafka writes of our JSON')
  }
  return { name: `${api.name} ${kind} ${version}`, question, judge }
}

/** Without the length in front. */
function encoded(api, kind, version, message) {
  const pieces =
    kind === 'request'
      ? encodeRequest(api, version, correlationId, clientId, message)
      : encodeResponse(api, version, correlationId, message)
  return Buffer.concat(pieces).subarray(4)
}

function decoded(api, kind, version, bytes) {
  return (kind === 'request' ? decodeRequest : decodeResponse)(api, version, bytes).body
}

function headerOf({ key }, kind, version) {
  if (kind === 'response') return { correlationId }
  return { requestApiKey: key, requestApiVersion: version, correlationId, clientId }
}

const errorCode = errorCodes.clusterAuthorizationFailed

function refusalChecks(api, random) {
  return versionsOf(api)
    .filter((version) => isInKafka(api, version))
    .flatMap((version) => Array.from({ length: samples }, () => version))
    .map((version) => refusalCheck(api, version, random))
}

function refusalCheck(api, version, random) {
  const message = randomMessage(api.request, version, random)
  const bytes = encoded(api, 'request', version, sensible(api, message))
  const request = decodeRequest(api, version, bytes).body
  const about = { about: 'refusal', key: api.key, version, errorCode }
  return {
    group: 'refusals',
    name: `${api.name} ${version}`,
    question: { ...about, bytes: bytes.toString('base64') },
    judge: ({ body, error }) => {
      assert.ifError(error)
      const ours = refusal(api, version, request)
      assert.deepEqual(essence(ours, api, version), essence(body, api, version))
    },
  }
}

/** A request that Kafka looks at without failing. */
function sensible({ name }, message) {
  if (name === 'Produce') return withRecords(message)
  if (!name.endsWith('Acls')) return message
  // A rule for a group, literally, to read, allowed.
  return JSON.parse(JSON.stringify(message), (_, value) => (Number.isInteger(value) ? 3 : value))
}

/** Kafka keeps sizes by topic and partition meanwhile: each may be there once. */
function withRecords({ topicData, ...rest }) {
  const filled = topicData.map(({ partitionData }, topic) => ({
    name: `topic-${topic}`,
    partitionData: partitionData.map((_, index) => ({ index, records: Buffer.alloc(0) })),
  }))
  return { ...rest, topicData: filled }
}

function refusal(api, version, request) {
  const answer = api.refused(request, errorCode)
  if (answer === null) return null
  const bytes = encoded(api, 'response', version, answer)
  return asJson(api.response, version, decoded(api, 'response', version, bytes))
}

/** What Kafka's refusals have differently, which clients do not look at where there is an error. */
function isIgnored({ name }, version, field) {
  if (field === 'errorMessage') return true
  // Kafka's group coordinator names the member too where it refuses; no protocol is '' or null.
  if (name === 'JoinGroup') return field === 'memberId' || field === 'protocolName'
  // Where there is an error of the whole, Kafka does not repeat it for each partition.
  if (name === 'OffsetFetch') return version >= 2 && field === 'topics'
  return name === 'Fetch' && version >= 13 && field === 'responses'
}

/** What has to be equal in refusals, in whatever order, and not what there is none of. */
function essence(answer, api, version) {
  const text = JSON.stringify(answer, (field, value) => {
    if (isIgnored(api, version, field)) return undefined
    if (!Array.isArray(value)) return value
    const some = value.filter((one) => one.partitionResponses?.length !== 0)
    return some.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
  })
  return JSON.parse(text)
}

function damageChecks({ name, api, kind, isSeenInBytes }, random) {
  const group = `damaged on purpose (${name})`
  const checks = [definitionCheck(api, kind, { group, isDamaged: true })]
  if (!isSeenInBytes) return checks
  const more = { group: `${group}, messages`, isDamaged: true }
  return [...checks, ...messageChecks(api, random, more)]
}
