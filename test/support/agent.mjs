// A log in another process or thread, driven by messages: { id, method, args } is answered by
// { id, result } or { id, code, message }. Needs dist/.
import { spawnSync } from 'node:child_process'
import { closeSync, openSync, rmSync, statSync, truncateSync, writeSync } from 'node:fs'
import { isMainThread, parentPort } from 'node:worker_threads'
import { PartitionLog } from '../../dist/log/index.js'

let log
let tail
let controller

function shown(result) {
  if (result?.sizeInBytes === undefined) return result
  const { baseOffset, nextOffset, fromOffset, sizeInBytes, valid } = result
  const values = Array.from(result, (record) => String(record.value))
  return { baseOffset, nextOffset, fromOffset, sizeInBytes, valid, values }
}

/** Takes all the room that the file system has, but for so much; how much that was. */
function fill(path, room = 0) {
  const file = openSync(path, 'a')
  for (const size of [1 << 20, 4096, 1]) {
    try {
      for (;;) writeSync(file, Buffer.alloc(size))
    } catch (error) {
      if (error.code !== 'ENOSPC') throw error
    }
  }
  closeSync(file)
  truncateSync(path, Math.max(statSync(path).size - room, 0))
  return statSync(path).size
}

const commands = {
  fill,
  remove: (path) => rmSync(path, { recursive: true }),
  run: (command, ...args) => spawnSync(command, args, { encoding: 'utf8' }).stdout,
  appendMany(count, value) {
    for (let i = 0; i < count; i++) log.appendSync({ value })
  },
  async open(directory, options) {
    log = await PartitionLog.open(directory, options)
    return { pid: process.pid }
  },
  tail(offset) {
    controller = new AbortController()
    tail = log.tail(offset, { signal: controller.signal })
  },
  async next() {
    const { value, done } = await tail.next()
    return { done, view: shown(value) }
  },
  abort: (reason) => controller.abort(new Error(reason)),
  get: (name) => log[name],
  async overwrite(offset) {
    const { bytes } = await log.read(offset)
    bytes.fill(0xff)
  },
  bytes: async (offset) => Buffer.from((await log.read(offset)).bytes),
  exit: (code) => process.exit(code),
}

async function answer({ id, method, args }) {
  try {
    const result = await (commands[method] ?? log[method].bind(log))(...args)
    return { id, result: shown(result) }
  } catch (error) {
    return { id, code: error.code ?? error.message, message: error.message }
  }
}

if (isMainThread) process.on('message', async (call) => process.send(await answer(call)))
else parentPort.on('message', async (call) => parentPort.postMessage(await answer(call)))
