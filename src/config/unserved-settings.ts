/** What the names begin with of which a broker here has nothing at all. */
const families = [
  'alter.',
  'compression.gzip.',
  'compression.lz4.',
  'compression.zstd.',
  'controlled.shutdown.',
  'controller.',
  'delegation.token.',
  'group.consumer.',
  'group.coordinator.',
  'group.share.',
  'group.streams.',
  'inter.broker.',
  'internal.metadata.',
  'kafka.metrics.',
  'leader.imbalance.',
  'listener.name.',
  'metadata.',
  'metric.',
  'metrics.',
  'password.encoder.',
  'quota.',
  'remote.',
  'replica.',
  'replication.quota.',
  'sasl.',
  'security.',
  'share.',
  'ssl.',
  'transaction.',
  'unstable.',
  'zookeeper.',
]

/** The others of Kafka 4.1, and of versions before that files still have. */
const names = `
  add.partitions.to.txn.retry.backoff.max.ms add.partitions.to.txn.retry.backoff.ms advertised.host.name
  advertised.port allow.everyone.if.no.acl.found authorizer.class.name auto.leader.rebalance.enable
  background.threads broker.heartbeat.interval.ms broker.id.generation.enable broker.rack
  broker.session.timeout.ms client.quota.callback.class connection.failed.authentication.delay.ms
  connections.max.reauth.ms control.plane.listener.name create.topic.policy.class.name
  default.replication.factor delete.records.purgatory.purge.interval.requests
  early.start.listeners enable.zookeeper.migration fetch.max.bytes fetch.purgatory.purge.interval.requests
  host.name initial.broker.registration.timeout.ms log.cleaner.backoff.ms log.cleaner.dedupe.buffer.size
  log.cleaner.enable log.cleaner.io.buffer.load.factor log.cleaner.io.buffer.size
  log.cleaner.io.max.bytes.per.second log.cleaner.threads log.dir.failure.timeout.ms
  log.flush.offset.checkpoint.interval.ms log.flush.scheduler.interval.ms
  log.flush.start.offset.checkpoint.interval.ms log.initial.task.delay.ms log.local.retention.bytes
  log.local.retention.ms log.message.downconversion.enable log.message.format.version
  log.message.timestamp.difference.max.ms max.connection.creation.rate max.connections.per.ip.overrides
  max.incremental.fetch.session.cache.slots max.request.partition.size.limit num.io.threads
  num.network.threads num.recovery.threads.per.data.dir num.replica.alter.log.dirs.threads
  num.replica.fetchers offsets.commit.required.acks offsets.commit.timeout.ms offsets.load.buffer.size
  offsets.topic.compression.codec offsets.topic.replication.factor offsets.topic.segment.bytes port
  principal.builder.class process.roles producer.id.expiration.check.interval.ms
  producer.purgatory.purge.interval.requests queued.max.request.bytes queued.max.requests
  request.timeout.ms reserved.broker.max.id server.max.startup.time.ms
  socket.connection.setup.timeout.max.ms socket.connection.setup.timeout.ms socket.listen.backlog.size
  socket.receive.buffer.bytes socket.send.buffer.bytes super.users telemetry.max.bytes
  transactional.id.expiration.ms unclean.leader.election.interval.ms
`

const known = new Set(names.trim().split(/\s+/))

/** Whether Kafka's brokers have, or had, a setting of this name that does nothing here. */
export function isUnserved(name: string): boolean {
  return known.has(name) || families.some((family) => name.startsWith(family))
}

/** What the names begin with that ask for clients to be authenticated, authorized or encrypted. */
const security = ['authorizer.', 'delegation.token.', 'sasl.', 'ssl.', 'super.users']

/** Values with which such a setting asks for nothing. */
const nothing = new Set(['', 'none', 'plaintext'])

/** Whether somebody who sets this relies on a protection that there is not here. */
export function asksForSecurity(name: string, value: string): boolean {
  if (nothing.has(value.trim().toLowerCase())) return false
  if (name === 'allow.everyone.if.no.acl.found') return value.trim().toLowerCase() === 'false'
  if (name === 'security.inter.broker.protocol') return true
  const own = name.replace(/^listener\.name\.[^.]*\./, '')
  return security.some((start) => own.startsWith(start))
}
