// The client of fetch.mjs: takes what it is sent, and asks for the next piece when one is whole.
import { connect } from 'node:net'
import { apis, encodeRequest } from '../../dist/protocol/index.js'

const VERSION = 11
/** In an answer about one partition of `clicks` without aborted transactions. */
const RECORDS_LENGTH_AT = 72

/**
 * @typedef {object} Order
 * @property {'fetch' | 'write'} way
 * @property {number} port
 * @property {number} bytes of records, in all
 * @property {number} piece
 * @property {number} [bytesPerSecond] that it takes; all that it can get where there is none
 * @property {{ size: number, records: number }} batch all are alike
 */

process.on('message', (/** @type {Order} */ order) => {
  const socket = connect(order.port, '127.0.0.1')
  const take =
    order.way === 'fetch' ? answers(socket, order) : (/** @type {Buffer} */ chunk) => chunk.length
  let received = 0
  socket.on('data', (chunk) => {
    received += take(chunk)
    if (order.bytesPerSecond) wait(socket, (1000 * chunk.length) / order.bytesPerSecond)
    if (received < order.bytes) return
    socket.destroy()
    process.send?.(received)
  })
})

/**
 * @param {import('node:net').Socket} socket
 * @param {number} ms
 */
function wait(socket, ms) {
  socket.pause()
  setTimeout(() => socket.resume(), ms)
}

/**
 * Asks, and gives for each chunk how many bytes of records it has ended.
 * @param {import('node:net').Socket} socket
 * @param {Order} order
 */
function answers(socket, { piece, batch }) {
  let offset = 0
  /** Of the answer that is arriving; its beginning, until its length is known. */
  let left = 0
  let head = Buffer.alloc(0)
  let size = 0
  const ask = () => socket.write(request(offset, piece))
  ask()
  return (/** @type {Buffer} */ chunk) => {
    if (left === 0) {
      head = Buffer.concat([head, chunk])
      if (head.length < RECORDS_LENGTH_AT + 4) return 0
      size = head.readInt32BE(RECORDS_LENGTH_AT)
      left = 4 + head.readInt32BE(0) - head.length
      head = Buffer.alloc(0)
    } else left -= chunk.length
    if (left > 0) return 0
    offset += (size / batch.size) * batch.records
    ask()
    return size
  }
}

/**
 * @param {number} fetchOffset
 * @param {number} piece
 */
function request(fetchOffset, piece) {
  const partitions = [{ partition: 0, fetchOffset, partitionMaxBytes: piece }]
  const topics = [{ topic: 'clicks', topicId: 'A'.repeat(22), partitions }]
  const body = { maxWaitMs: 500, minBytes: 1, topics }
  return Buffer.concat(
    /** @type {Buffer[]} */ (encodeRequest(apis.fetch, VERSION, 0, 'bench', body)),
  )
}
