import { expect, it } from 'vitest'
import { giveBack } from '../../src/compression/index.js'

const canTransfer = 'transfer' in ArrayBuffer.prototype

it('the memory of a Buffer that stands alone is freed, where the runtime can', () => {
  const bytes = Buffer.allocUnsafeSlow(200_000)
  giveBack(bytes)
  expect(bytes.length).toBe(canTransfer ? 0 : 200_000)
})

it('a part of something larger is left as it is', () => {
  const whole = Buffer.alloc(1000, 7)
  giveBack(whole.subarray(1))
  giveBack(whole.subarray(0, 999))
  expect(whole).toEqual(Buffer.alloc(1000, 7))
})
