import { describe, expect, it } from 'vitest'
import { settingsOf } from '../../src/broker/settings.js'
import { faultOf } from '../support/logs.js'

const settings = (given: Record<string, string>) => settingsOf(new Map(Object.entries(given)))
const messageOf = async (given: Record<string, string>) =>
  (await faultOf(() => settings(given)))?.message

describe("settings by Kafka's names", () => {
  it('go to the engine, its groups, its topics and the broker', () => {
    const { engine, broker, directory, unserved } = settings({
      'num.partitions': '3',
      'log.retention.hours': '2',
      'group.max.size': '5',
      'max.connections': '9',
      'broker.id': '4',
      'log.dir': '/var/log/kafka',
    })
    expect(engine).toEqual({
      numPartitions: 3,
      groups: { groupMaxSize: 5 },
      topicDefaults: { retentionMs: 7_200_000 },
    })
    expect(broker).toEqual({ maxConnections: 9, nodeId: 4 })
    expect([directory, unserved]).toEqual(['/var/log/kafka', []])
  })

  it('are those of engine and broker where both have them', () => {
    const { engine, broker } = settings({ 'auto.create.topics.enable': 'false' })
    expect([engine.autoCreateTopics, broker.autoCreateTopics]).toEqual([false, false])
  })

  it('are named where Kafka has them and they do nothing here', () => {
    const given = { 'zookeeper.connect': 'localhost', 'num.io.threads': '8', port: '9092' }
    expect(settings(given).unserved).toEqual(Object.keys(given))
  })

  it.each([
    ['authorizer.class.name', 'org.apache.kafka.metadata.authorizer.StandardAuthorizer'],
    ['sasl.enabled.mechanisms', 'PLAIN'],
    ['ssl.keystore.location', '/k.jks'],
    ['ssl.client.auth', 'required'],
    ['super.users', 'User:admin'],
    ['security.inter.broker.protocol', 'SASL_SSL'],
    ['listener.name.outside.sasl.enabled.mechanisms', 'PLAIN'],
    ['allow.everyone.if.no.acl.found', 'false'],
  ])('are refused where they ask for a protection that there is not: %s', async (name, value) => {
    expect(await messageOf({ [name]: value })).toMatch(`${name} is set, but there is no TLS`)
  })

  it('may say that no protection is asked for', () => {
    const given = {
      'ssl.client.auth': 'none',
      'authorizer.class.name': '',
      'security.inter.broker.protocol': 'PLAINTEXT',
      'allow.everyone.if.no.acl.found': 'true',
    }
    expect(settings(given).unserved).toEqual(Object.keys(given))
  })

  it('are refused where Kafka does not have them', async () => {
    expect(await messageOf({ 'num.partition': '1' })).toMatch(/did you mean num\.partitions\?/)
    expect(await messageOf({ colour: 'red' })).toMatch(/no setting colour; see docs/)
  })

  it("leave out a controller's listeners", () => {
    const { broker } = settings({
      listeners: 'PLAINTEXT://:9092, CONTROLLER://:9093',
      'controller.listener.names': 'CONTROLLER',
    })
    expect(broker.listeners).toBe('PLAINTEXT://:9092')
  })

  it('are refused where a listener needs SSL or SASL', async () => {
    const map = 'INSIDE:PLAINTEXT,OUTSIDE:SASL_SSL,SSL:SSL'
    const given = (listeners: string) => ({ listeners, 'listener.security.protocol.map': map })
    expect(settings(given('INSIDE://:9092')).broker.listeners).toBe('INSIDE://:9092')
    const outside = given('INSIDE://:9092,OUTSIDE://:9094')
    expect(await messageOf(outside)).toContain("has 'OUTSIDE:SASL_SSL'; listeners are PLAINTEXT")
    expect(await messageOf({ listeners: 'SSL://:9093' })).toContain('it must be PLAINTEXT')
  })
})
