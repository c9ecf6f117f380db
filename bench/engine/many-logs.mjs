// Opens all logs of a topic in a process of its own, tells what that took, and goes on as it is told.
import { open } from '../../dist/index.js'
import { anonymousBytes } from '../lib/memory.mjs'

const [directory, partitions] = process.argv.slice(2)
const begun = performance.now()
const engine = await open(/** @type {string} */ (directory))
const numbers = Array.from({ length: Number(partitions) }, (_, number) => number)
const logs = await Promise.all(numbers.map((number) => engine.log('topic', number)))
const seconds = (performance.now() - begun) / 1000
const records = logs.reduce((sum, log) => sum + log.logEndOffset, 0)
process.send?.({ seconds, anonymous: anonymousBytes(), records })
await new Promise((resolve) => process.once('message', resolve))
const closing = performance.now()
await engine.close()
process.send?.({ seconds: (performance.now() - closing) / 1000, anonymous: anonymousBytes() })
process.disconnect()
