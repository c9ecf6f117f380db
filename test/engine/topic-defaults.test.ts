import { describe, expect, it } from 'vitest'
import { topicDefaultsOf } from '../../src/config/topic-defaults.js'
import { openEngine } from '../support/engines.js'
import { codeOf, faultOf } from '../support/logs.js'

const topicDefaults = { 'max.message.bytes': '500', retentionMs: 1000 }

describe("an engine's topic defaults", () => {
  it('hold for topics that do not say otherwise, and are not written into them', async () => {
    const engine = await openEngine(undefined, { topicDefaults })
    expect(engine.topicDefaults).toEqual({ maxMessageBytes: 500, retentionMs: 1000 })
    expect((await engine.createTopic('plain')).config).toEqual({})
    await engine.createTopic('own', { config: { maxMessageBytes: 5000 } })
    expect((await engine.log('plain', 0)).options.maxMessageBytes).toBe(500)
    expect((await engine.log('own', 0)).options.maxMessageBytes).toBe(5000)
  })

  it('come back where a topic gives up what it had', async () => {
    const engine = await openEngine(undefined, { topicDefaults })
    await engine.createTopic('own', { config: { maxMessageBytes: 5000 } })
    const log = await engine.log('own', 0)
    await engine.alterTopic('own', { maxMessageBytes: null })
    expect(log.options.maxMessageBytes).toBe(500)
  })

  it('are what retention goes by', async () => {
    const engine = await openEngine(undefined, { topicDefaults })
    await engine.createTopic('plain')
    await engine.createTopic('own', { config: { retentionMs: -1 } })
    const logs = await Promise.all(['plain', 'own'].map((name) => engine.log(name, 0)))
    for (const log of logs) await log.append([{ value: 'old', timestamp: 1 }])
    await engine.applyRetention()
    expect(logs.map((log) => log.logStartOffset)).toEqual([1, 0])
  })

  it('are checked', async () => {
    const wrong = { topicDefaults: { 'retention.ms': 'long' } }
    expect(await codeOf(() => openEngine(undefined, wrong))).toBe('ERR_INVALID_OPTION')
  })
})

describe("a broker's settings", () => {
  const defaults = (settings: Record<string, string>) =>
    topicDefaultsOf(new Map(Object.entries(settings)))

  it('become topic defaults, those in milliseconds before others', () => {
    expect(defaults({ 'log.retention.hours': '2', 'num.partitions': '3' })).toEqual({
      retentionMs: 7_200_000,
    })
    const both = { 'log.retention.hours': '2', 'log.retention.minutes': '3' }
    expect(defaults(both)).toEqual({ retentionMs: 180_000 })
    expect(defaults({ ...both, 'log.retention.ms': '5' })).toEqual({ retentionMs: 5 })
    expect(defaults({ 'log.retention.minutes': '-1' })).toEqual({ retentionMs: -1 })
    expect(defaults({ 'log.cleanup.policy': 'delete, compact' })).toEqual({
      cleanupPolicy: ['delete', 'compact'],
    })
  })

  it('are refused by the name that was given', async () => {
    const fault = await faultOf(() => defaults({ 'log.roll.hours': 'a day' }))
    expect(fault?.message).toMatch(/^log\.roll\.hours is 'a day'; it must be a whole number/)
  })
})
