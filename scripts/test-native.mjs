// Builds and runs the native test program: node scripts/test-native.mjs [--sanitize LIST] [ARGS...]
// All other arguments go to the program: a part of the tests' names, parameters of campaigns.
import { buildTests, sanitizerSettings } from './native-build.mjs'
import { runHere, which } from './tools.mjs'

const programArgs = process.argv.slice(2)
const option = programArgs.indexOf('--sanitize')
const sanitize = option < 0 ? '' : (programArgs.splice(option, 2)[1] ?? '')

/** Address layouts of newer kernels are too random for ThreadSanitizer's fixed shadow memory. */
function withFixedAddresses(command) {
  const wrap = sanitize.includes('thread') && which('setarch')
  return wrap ? [wrap, '-R', ...command] : command
}

const [command, ...args] = withFixedAddresses([buildTests(sanitize), ...programArgs])
process.exit(runHere(command, args, sanitizerSettings))
