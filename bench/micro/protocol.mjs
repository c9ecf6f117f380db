// Requests and responses of Kafka's protocol, decoded and encoded: what each costs beside its records.
import {
  apis,
  decodeRequest,
  decodeResponse,
  encodeRequest,
  encodeResponse,
} from '../../dist/protocol/index.js'
import { measure } from './measure.mjs'

const CALLS = 100
const records = Buffer.alloc(1024, 1)

/** @param {number} count */
const indexes = (count) => Array.from({ length: count }, (_, i) => i)

/** @param {number} count */
function produceOf(count) {
  const request = {
    acks: -1,
    timeoutMs: 30_000,
    topicData: [
      { name: 'measured', partitionData: indexes(count).map((index) => ({ index, records })) },
    ],
  }
  const partitionResponses = indexes(count).map((index) => ({
    index,
    errorCode: 0,
    baseOffset: 1e9,
    logStartOffset: 0,
  }))
  const response = { responses: [{ name: 'measured', partitionResponses }], throttleTimeMs: 0 }
  return { api: apis.produce, version: 9, request, response }
}

/** @param {number} count */
function fetchOf(count) {
  const topicId = 'QUJDREVGR0hJSktMTU5PUA'
  const asked = indexes(count).map((partition) => ({
    ...{ partition, currentLeaderEpoch: 3, fetchOffset: 1e9, partitionMaxBytes: 1 << 20 },
  }))
  const request = {
    ...{ maxWaitMs: 500, minBytes: 1, maxBytes: 50 << 20, sessionId: 0, sessionEpoch: -1 },
    ...{ topics: [{ topicId, partitions: asked }], forgottenTopicsData: [] },
  }
  const partitions = indexes(count).map((partitionIndex) => ({
    ...{ partitionIndex, errorCode: 0, highWatermark: 1e9, lastStableOffset: 1e9 },
    ...{ logStartOffset: 0, abortedTransactions: null, records },
  }))
  const response = { errorCode: 0, sessionId: 0, responses: [{ topicId, partitions }] }
  return { api: apis.fetch, version: 16, request, response }
}

/** @param {readonly unknown[]} pieces */
const frameOf = (pieces) => Buffer.concat(/** @type {Buffer[]} */ (pieces)).subarray(4)

/** @param {() => unknown} call */
const repeated = (call) => () => {
  let last
  for (let i = 0; i < CALLS; i++) last = call()
  return last
}

/** @type {import('../lib/trial.mjs').Case} */
export async function run(trial) {
  const pieces = [produceOf, fetchOf].flatMap((of) =>
    [1, 100].flatMap((count) => {
      const { api, version, request, response } = /** @type {any} */ (of(count))
      const asked = frameOf(encodeRequest(api, version, 1, 'bench', request))
      const answered = frameOf(encodeResponse(api, version, 1, response))
      const body = /** @type {any} */ (decodeResponse(api, version, answered).body)
      trial.same(`topics of ${api.name}`, body.responses.length, 1)
      const label = `${api.name} of ${count}`
      const calls = {
        'request decoded': () => decodeRequest(api, version, asked),
        'response encoded': () => encodeResponse(api, version, 1, response),
        'request encoded': () => encodeRequest(api, version, 1, 'bench', request),
        'response decoded': () => decodeResponse(api, version, answered),
      }
      return Object.entries(calls).map(([what, call]) => {
        return { label: `${label}, ${what}`, records: CALLS, run: repeated(call) }
      })
    }),
  )
  await measure(trial, pieces)
}
