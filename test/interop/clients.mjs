// The clients, how each is installed by its own package manager, and how its program is run.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { satisfies } from 'semver'
import { root, which } from '../../scripts/tools.mjs'
import { kafkaClassPath, kafkaVersion, whatIsMissing } from '../kafka/kafka-jars.mjs'

const here = join(root, 'test/interop')
const cache = join(root, '.cache/interop')
const installLimitMs = 600_000

/** Runs an installer; its output is part of the error where it fails. */
function install(command, args, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: 'utf8',
    timeout: installLimitMs,
    maxBuffer: 1 << 26,
    ...options,
  })
  if (status === 0) return
  const said = `${error?.message ?? ''}\n${stdout}\n${stderr}`.trim().split('\n').slice(0, 12)
  throw new Error(`${[command, ...args].join(' ')} failed:\n${said.join('\n')}`)
}

/** Installs once for what `stamp` holds, which is the lock. */
function once(name, stamp, work) {
  const folder = join(cache, name)
  const done = join(folder, 'installed')
  mkdirSync(folder, { recursive: true })
  if (!existsSync(done) || readFileSync(done, 'utf8') !== stamp) {
    work(folder)
    writeFileSync(done, stamp)
  }
  return folder
}

const text = (...path) => readFileSync(join(here, ...path), 'utf8')

function needs(programs, why) {
  const missing = programs.find((program) => which(program) === null)
  return missing === undefined ? undefined : `${missing}, ${why}`
}

function fromNpm(folder, packageName) {
  const cwd = join(here, folder)
  const engines = () => {
    const lock = JSON.parse(text(folder, 'package-lock.json'))
    return lock.packages[`node_modules/${packageName}`].engines.node
  }
  return {
    name: packageName,
    language: 'JavaScript',
    fromNpm: true,
    version: () => JSON.parse(text(folder, 'package.json')).dependencies[packageName],
    missing() {
      if (satisfies(process.version, engines())) return undefined
      return `Node ${engines()}; this is ${process.version}`
    },
    command(settings = {}) {
      const stamp = `${process.version} ${text(folder, 'package-lock.json')}`
      const env = { ...process.env, ...settings }
      once(folder, stamp, () =>
        install('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd, env }),
      )
      return { cwd, command: process.execPath, args: ['features.mjs'] }
    },
  }
}

/**
 * librdkafka for Node comes as a binary from GitHub. Here it is built, of the sources in the package:
 * that works without GitHub as well, linked dynamically with the libraries of the system, whose
 * sources it would download otherwise.
 */
function librdkafkaFromNpm() {
  const client = fromNpm('confluent-kafka-javascript', '@confluentinc/kafka-javascript')
  const libraries = ['openssl', 'zlib', 'libzstd']
  const prefix = dirname(dirname(process.execPath))
  return {
    ...client,
    // It takes minutes to build, and CI is quick.
    fromNpm: false,
    missing() {
      const why = 'with which its librdkafka is built'
      const lack = client.missing() ?? needs(['c++', 'make', 'python3', 'pkg-config'], why)
      if (lack !== undefined) return lack
      const library = libraries.find((name) => spawnSync('pkg-config', ['--exists', name]).status)
      return library === undefined ? undefined : `the headers of ${library}, ${why}`
    },
    command: () =>
      client.command({
        CKJS_LINKING: 'dynamic',
        npm_config_build_from_source: 'true',
        // Headers beside the running Node serve; without them node-gyp downloads a set.
        ...(existsSync(join(prefix, 'include/node/common.gypi')) && { npm_config_nodedir: prefix }),
      }),
  }
}

function fromPypi(folder) {
  return {
    name: folder,
    language: 'Python',
    version: () => new RegExp(`^${folder}==(.+)$`, 'm').exec(text(folder, 'requirements.txt'))[1],
    missing: () => needs(['python3'], 'with its module venv'),
    command() {
      const requirements = join(here, folder, 'requirements.txt')
      const python = join(cache, folder, 'venv/bin/python')
      once(folder, text(folder, 'requirements.txt'), (target) => {
        install('python3', ['-m', 'venv', join(target, 'venv')])
        install(python, ['-m', 'pip', 'install', '--quiet', '-r', requirements])
      })
      return { cwd: join(here, folder), command: python, args: ['features.py'] }
    },
  }
}

function fromGo(folder, module) {
  return {
    name: module,
    language: 'Go',
    version: () => new RegExp(`${module} v(\\S+)`).exec(text(folder, 'go.mod'))[1],
    missing: () => needs(['go'], 'which builds it'),
    command() {
      const cwd = join(here, folder)
      const program = join(cache, folder, 'features')
      install('go', ['build', '-o', program, '.'], { cwd })
      return { cwd, command: program, args: [] }
    },
  }
}

function fromCargo(name) {
  const cargo = () => which('cargo', join(homedir(), '.cargo/bin/cargo'))
  return {
    name,
    language: 'Rust',
    version: () => new RegExp(`^${name} = "=(.+)"$`, 'm').exec(text(name, 'Cargo.toml'))[1],
    missing: () => (cargo() === null ? 'cargo, which builds it' : undefined),
    command() {
      const cwd = join(here, name)
      const target = join(cache, name)
      install(cargo(), ['build', '--quiet', '--target-dir', target], { cwd })
      return { cwd, command: join(target, 'debug', `interop-${name}`), args: [] }
    },
  }
}

function fromMaven(name, folder, command) {
  return {
    name,
    language: 'Java',
    version: () => kafkaVersion,
    missing: whatIsMissing,
    command: () => ({ cwd: join(here, folder), ...command() }),
  }
}

const kcat = {
  name: 'kcat',
  language: 'C',
  version: () => /^Version (\S+)/m.exec(spawnSync('kcat', ['-V']).stdout.toString())[1],
  missing: () => needs(['kcat'], 'the package of that name'),
  command: () => ({ cwd: join(here, 'kcat'), command: process.execPath, args: ['features.mjs'] }),
}

export const clients = [
  fromNpm('kafkajs', 'kafkajs'),
  fromNpm('platformatic', '@platformatic/kafka'),
  librdkafkaFromNpm(),
  fromPypi('kafka-python'),
  fromPypi('confluent-kafka'),
  kcat,
  fromMaven('kafka-clients', 'java', () => ({
    command: 'java',
    args: ['-cp', kafkaClassPath(), 'Features.java'],
  })),
  fromMaven('Kafka console tools', 'kafka-tools', () => ({
    command: process.execPath,
    args: ['features.mjs'],
  })),
  fromGo('kafka-go', 'github.com/segmentio/kafka-go'),
  fromGo('franz-go', 'github.com/twmb/franz-go'),
  fromCargo('rskafka'),
]
