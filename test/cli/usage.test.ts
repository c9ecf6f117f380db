import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { describeAsJson, describe as describeError } from '../../src/cli/failure.js'
import { verbs } from '../../src/cli/verbs.js'
import { DuramenError } from '../../src/errors.js'
import { duramen, succeed } from './command.js'

describe('wrong usage ends with 2 and says what is right:', () => {
  it.each([
    [
      'no verb',
      [],
      /a verb is missing; there are consume, dump, groups delete, .*, produce, repair, serve, topics alter, .*, verify/,
    ],
    ['an unknown verb', ['zzzzzz', '--listen', 'x'], /there is no verb zzzzzz; there are/],
    ['a misspelt verb', ['prodcue', 'clicks'], /did you mean produce\?/],
    [
      'half a verb',
      ['topics'],
      /topics needs one word more; there is topics alter, .*topics list; see duramen/,
    ],
    ['half a verb and an option', ['topics', '--json=x'], /--json takes no value/],
    ['half a verb and a directory', ['topics', '--dir', 'x'], /needs one word more/],
    ['help for no verb', ['help', 'prodcue'], /did you mean produce\?/],
    ['a word that a verb does not know', ['topics', 'rename'], /topics has no rename/],
    [
      'a misspelt option',
      ['consume', 't', '--fromat', 'x'],
      /no option --fromat; did you mean --format/,
    ],
    ['an unknown option', ['verify', '--zzzzzz'], /verify has no option --zzzzzz; there are --dir/],
    [
      'a missing value',
      ['produce', 't', '--file', '--acks', '1'],
      /--file needs a value: --file=F/,
    ],
    ['a value for a flag', ['produce', 't', '--no-create=x'], /--no-create takes no value/],
    [
      'a value that is none',
      ['produce', 't', '--acks', '2'],
      /--acks is '2'; it must be all or 1 or 0/,
    ],
    ['a number out of bounds', ['consume', 't', '--partition', '-1'], /a whole number from 0 to/],
    ['a time that is none', ['consume', 't', '--from-time', 'noon'], /a time such as 2026-/],
    ['a missing argument', ['produce'], /produce needs TOPIC/],
    [
      'a configuration without a value',
      ['topics', 'create', 't', '--config', 'retention.ms'],
      /--config is 'retention.ms'; it must be a name, an equals sign and a value/,
    ],
    ['nothing to alter', ['topics', 'alter', 't'], /needs --config, --delete-config or --part/],
    [
      'a configuration to set and to delete',
      ['topics', 'alter', 't', '--config', 'flush.ms=1', '--delete-config', 'flush.ms'],
      /flush.ms is given to --config and --delete-config/,
    ],
    [
      'too many partitions',
      ['topics', 'create', 't', '--partitions', '100001'],
      /a whole number from 1 to 100000/,
    ],
    ["one word of a verb in Kafka's number", ['topic', 'list'], /did you mean topics list\?/],
    ['that word alone', ['topic'], /did you mean topics\?/],
    ["Kafka's action", ['topics', '--list'], /did you mean duramen topics list\?/],
    ["Kafka's old address", ['produce', '--broker-list', 'x:1'], /did you mean --bootstrap-server/],
    ["Kafka's --topic", ['consume', '--topic', 't'], /behind the verb: duramen consume TOPIC/],
    [
      'replicas',
      ['topics', 'create', 't', '--replication-factor', '1'],
      /--replication-factor; leave it out, brokers take their own default/,
    ],
    ['half a verb of groups', ['groups'], /there is groups delete, .*groups reset-offsets; see/],
    ['a missing group', ['groups', 'describe'], /groups describe needs GROUP/],
    [
      'a broker for what works on files',
      ['verify', '--bootstrap-server', 'localhost:9092'],
      /verify works on files, and does not go over the network; use --dir/,
    ],
    [
      'a directory and a broker',
      ['topics', 'list', '--dir', './data', '--bootstrap-server', 'localhost:9092'],
      /--dir and --bootstrap-server contradict each other; use one/,
    ],
    [
      'a broker without a port',
      ['topics', 'list', '--bootstrap-server', 'localhost'],
      /--bootstrap-server is 'localhost'; it must be HOST:PORT, or several/,
    ],
    [
      'a group over the network',
      ['consume', 't', '--group', 'g', '--bootstrap-server', 'localhost:9092'],
      /consume --group does not go over the network yet/,
    ],
    [
      'a flush over the network',
      ['produce', 't', '--flush', 'sync', '--bootstrap-server', 'localhost:9092'],
      /--flush is for --dir; a broker flushes as it is configured/,
    ],
    ['no partitions', ['topics', 'create', 't', '--partitions', '0'], /a whole number from 1 to/],
    ['an argument too many', ['consume', 'a', 'b'], /consume does not take 'b'/],
  ])('%s', async (_, args, message) => {
    const { code, stdout, stderr } = await duramen(args)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/^duramen: ERR_USAGE: [^\n]+\n$/)
    expect(stderr).toMatch(message)
  })
})

describe('help', () => {
  it.each(['topics', 'groups'])('of %s says how to reach a broker', async (family) => {
    expect(await succeed([family, '--help'])).toContain('--bootstrap-server HOST:PORT')
  })

  it('names every verb', async () => {
    const text = await succeed(['--help'])
    for (const { name, summary } of verbs) expect(text).toMatch(new RegExp(`${name} +${summary}`))
    expect(await succeed(['-h'])).toBe(text)
  })

  it.each(verbs)('of $name has all its options, and examples', async ({ name, load }) => {
    const text = await succeed([...name.split(' '), '--help'])
    const { options, examples } = await load()
    for (const option of [...Object.keys(options), 'dir', 'json'])
      expect(text).toContain(`--${option}`)
    expect(examples.length).toBeGreaterThan(0)
    for (const example of examples) expect(text).toContain(example)
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThan(121)
  })
})

describe('help of a word is that of the option:', () => {
  it.each([
    [['help'], ['--help']],
    [
      ['help', 'consume'],
      ['consume', '--help'],
    ],
    [
      ['help', 'topics'],
      ['topics', '--help'],
    ],
    [
      ['help', 'topics', 'list'],
      ['topics', 'list', '--help'],
    ],
  ])('%j', async (words, option) => {
    const text = await succeed(words)
    expect(text).toMatch(/^Usage: duramen /)
    expect(text).toBe(await succeed(option))
  })

  it('and of half a verb names the verbs that begin with it', async () => {
    const text = await succeed(['topics', '--help'])
    expect(text).toMatch(/topics list +names the topics/)
    expect(await succeed(['topics', '-h'])).toBe(text)
  })
})

describe('with --json', () => {
  it.each([
    ['wrong usage', ['consume', '--json', '--zzzzzz'], 2, 'ERR_USAGE'],
    ['no verb', ['--json'], 2, 'ERR_USAGE'],
    ['a failure', ['topics', 'list', '--dir', '/none', '--json'], 1, 'ERR_NOT_FOUND'],
  ])('%s is told as one line of JSON', async (_, args, exitCode, error) => {
    const { code, stdout, stderr } = await duramen(args)
    expect([code, stdout]).toEqual([exitCode, ''])
    expect(stderr).toMatch(/^[^\n]+\n$/)
    expect(JSON.parse(stderr)).toMatchObject({
      error: { code: error, message: expect.stringMatching(/[^.]$/) },
    })
  })

  it('an error has what it knows, and its stack when asked for', async () => {
    const args = ['topics', 'list', '--dir', '/none', '--json', '--verbose']
    const { error } = JSON.parse((await duramen(args)).stderr)
    expect(error).toMatchObject({ path: '/none', retriable: false })
    expect(error.stack).toContain('caused by Error: ENOENT')
  })
})

describe('an error', () => {
  it('ends without a full stop, whoever wrote it', () => {
    for (const message of ['it broke; mend it', 'It broke; mend it.']) {
      const error = new DuramenError('ERR_IO', message)
      expect(describeError(error, false)).toMatch(/mend it$/)
      expect(describeAsJson(error, false)).toMatchObject({
        error: { message: expect.stringMatching(/mend it$/) },
      })
    }
  })
})

describe('the command line', () => {
  it('tells its version', async () => {
    const manifest = readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')
    expect(await succeed(['--version'])).toBe(`${JSON.parse(manifest).version}\n`)
  })

  it('takes options of every verb before the verb too', async () => {
    const { stderr } = await duramen(['--dir', '/none', 'topics', 'list'])
    expect(stderr).toContain('ERR_NOT_FOUND: /none does not exist')
  })

  it('adds the stack to an error with --verbose', async () => {
    const { stderr } = await duramen(['topics', 'list', '--dir', '/none', '--verbose'])
    expect(stderr).toMatch(/^duramen: ERR_NOT_FOUND: [^\n]+\nDuramenError: .*\n +at /)
    expect(stderr).toContain('caused by Error: ENOENT')
  })
})
