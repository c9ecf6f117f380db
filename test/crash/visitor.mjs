// A visit by a process that has started after the power came back: node visitor.mjs DIRECTORY
// OPTIONS GENERATION prints what visit.mjs has found, as JSON.
import { visit } from './visit.mjs'

const [directory, options, generation] = process.argv.slice(2)
console.log(JSON.stringify(await visit(directory, JSON.parse(options), Number(generation))))
