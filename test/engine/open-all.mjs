// Opens all logs of a topic at once, and says how many there are: node open-all.mjs DIRECTORY TOPIC
import { open } from '../../dist/index.js'

const [directory, topic] = process.argv.slice(2)
const engine = await open(directory)
const numbers = Array.from({ length: engine.topic(topic).partitions }, (_, number) => number)
const logs = await Promise.all(numbers.map((number) => engine.log(topic, number)))
console.log(logs.length)
await engine.close()
