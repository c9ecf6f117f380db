// Loads every codec of the installed package and has it give back what it was given. A program of
// its own, so that it runs in any project and on any Node: node codecs.mjs
import assert from 'node:assert/strict'

// Below the entry points, because they load a codec only when a batch needs it.
const folder = new URL('../compression/index.js', import.meta.resolve('duramen/record'))
const { codecById } = await import(folder.href)

const bytes = Buffer.from('the same bytes, again and again; '.repeat(1000))
const names = [0, 1, 2, 3, 4].map((id) => {
  const codec = codecById(id)
  const packed = codec.compress(bytes)
  assert.deepEqual(codec.decompress(packed, bytes.length), bytes, codec.name)
  assert.equal(packed.length < bytes.length, codec.name !== 'none', codec.name)
  return codec.name
})
console.log(`Node ${process.version}: codecs ${names.join(', ')} load and give back what they took`)
