'use strict'

const { runInThisContext } = require('node:vm')

// Jest runs files in a context of its own, in which only its own require() works, and import() not at
// all without a flag. The engine is loaded outside of it, once for all test files of a process.
const { createRequire } = runInThisContext('process').getBuiltinModule('node:module')

exports.startTestBroker = async (options) => {
  const { load } = createRequire(__filename)('./load.cjs')
  const { startTestBroker } = await load()
  return startTestBroker(options)
}
