import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { filledLog } from '../support/filled-log.js'

/** `(memory 1) (func (export "load") (param i32) (result i32) local.get 0 i32.load)` */
const module = Buffer.from(
  `0061736d01000000 0106 0160017f017f 0302 0100 0503 010001 0708 01046c6f61640000
   0a09 0107 00 2000 280200 0b`.replace(/\s/g, ''),
  'hex',
)

// TypeScript declares it for browsers only.
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object
  Instance: new (module: object) => { exports: { load(address: number): number } }
  RuntimeError: ErrorConstructor
}

describe('WebAssembly', () => {
  // The runtime finds such an access by the fault that it makes, as we find a store into a view.
  it('still traps what is out of bounds beside a log that was read', async () => {
    const log = await filledLog()
    const view = await log.read(0)
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module))
    for (let i = 0; i < 3; i++) {
      expect(exports.load(0)).toBe(0)
      expect(() => exports.load(2 ** 31 - 1)).toThrow(WebAssembly.RuntimeError)
      view.bytes.fill(i)
    }
  })

  it('does so in a worker thread', async () => {
    const log = await filledLog()
    ;(await log.read(0)).bytes.fill(0)
    const program = `
      const { parentPort, workerData } = require('node:worker_threads')
      const { exports } = new WebAssembly.Instance(new WebAssembly.Module(workerData))
      try { exports.load(2 ** 31 - 1) } catch (error) { parentPort.postMessage(error.name) }`
    const worker = new Worker(program, { eval: true, workerData: module })
    expect(await once(worker, 'message')).toEqual(['RuntimeError'])
    await worker.terminate()
  })
})
