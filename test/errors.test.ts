import { readFileSync } from 'node:fs'
import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { configurationDocument } from '../scripts/configuration-doc.mjs'
import { errorsDocument } from '../scripts/errors-doc.mjs'
import { brokerOptions } from '../src/config/broker-config.js'
import { engineOptions } from '../src/config/engine-config.js'
import { groupOptions } from '../src/config/group-config.js'
import { logOptions } from '../src/config/log-options.js'
import { topicOptions } from '../src/config/topic-config.js'
import { topicDefaultNames } from '../src/config/topic-defaults.js'
import { consumerOptions } from '../src/consumer/consumer-options.js'
import { brokerErrors } from '../src/errors/broker-errors.js'
import { clientErrors } from '../src/errors/client-errors.js'
import { groupErrors } from '../src/errors/group-errors.js'
import { producerErrors } from '../src/errors/producer-errors.js'
import { remoteErrors } from '../src/errors/remote-errors.js'
import { DuramenError, ERRORS } from '../src/errors.js'
import { producerOptions } from '../src/producer/producer-options.js'
import { batchOptionTable } from '../src/record/batch-options.js'

const text = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')

test('an error carries what its code says and the details it was given', () => {
  const cause = new Error('device')
  const error = new DuramenError('ERR_IO', 'cannot write', {
    cause,
    errno: 5,
    syscall: 'pwrite',
    path: '/data/0.log',
  })
  expect(error).toBeInstanceOf(Error)
  expect(error).toMatchObject({
    code: 'ERR_IO',
    kafkaCode: 56,
    retriable: false,
    errno: 5,
    syscall: 'pwrite',
    path: '/data/0.log',
  })
  expect(error.cause).toBe(cause)
  expect(error.toString()).toBe('DuramenError: cannot write')
})

test('properties that do not apply are absent', () => {
  const error = new DuramenError('ERR_CLOSED', 'closed', { path: undefined })
  expect(Object.keys(error).sort()).toEqual(['code', 'retriable'])
  expect('cause' in error).toBe(false)
  expect(inspect(error)).not.toContain('undefined')
})

test('codes stand in alphabetical order, each with a meaning and a remedy', () => {
  const byLetters = (code: string) => code.replaceAll('_', ' ')
  const others = [brokerErrors, clientErrors, groupErrors, producerErrors, remoteErrors]
  const general = Object.keys(ERRORS).filter((code) => !others.some((table) => code in table))
  for (const codes of [general, ...others.map(Object.keys)]) {
    expect(codes).toEqual(codes.toSorted((a, b) => (byLetters(a) < byLetters(b) ? -1 : 1)))
  }
  for (const { meaning, remedy } of Object.values(ERRORS)) {
    expect(meaning).toMatch(/^[A-Z].*\.$/)
    expect(remedy).toMatch(/^[A-Z].*\.$/)
  }
})

test('every code of the native side is in the table', () => {
  const codes = text('native/util/status.h').match(/"ERR_\w+"/g) ?? []
  expect(codes.length).toBeGreaterThan(20)
  for (const code of codes) expect(ERRORS).toHaveProperty(JSON.parse(code))
})

test('docs/configuration.md is what scripts/configuration-doc.mjs makes of the tables', () => {
  expect(text('docs/configuration.md')).toBe(
    configurationDocument({
      engine: engineOptions,
      log: logOptions,
      batch: batchOptionTable,
      topic: topicOptions,
      producer: producerOptions,
      consumer: consumerOptions,
      group: groupOptions,
      broker: brokerOptions,
      topicDefaults: topicDefaultNames,
    }),
  )
})

test('docs/errors.md is what scripts/errors-doc.mjs makes of the table', () => {
  expect(text('docs/errors.md')).toBe(errorsDocument(ERRORS))
})
