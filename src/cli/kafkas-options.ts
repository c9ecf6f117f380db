const actions = ['--alter', '--create', '--delete', '--describe', '--list']

/** What to say of an option that Kafka's own tools take and a verb does not; undefined of others. */
export function kafkasOption(given: string, verb: string): string | undefined {
  const missing = `${verb} has no option ${given}`
  const isFamily = verb === 'topics' || verb === 'groups'
  if (isFamily && actions.includes(given))
    return `${missing}; did you mean duramen ${verb} ${given.slice(2)}?`
  switch (given) {
    case '--bootstrap-server':
      return `${verb} works on files, and does not go over the network; use --dir`
    case '--broker-list':
    case '--zookeeper':
      return `${missing}; did you mean --bootstrap-server?`
    case '--topic':
      return `${missing}; give the name behind the verb: duramen ${verb} TOPIC`
    case '--group':
      return `${missing}; give the name behind the verb: duramen ${verb} GROUP`
    case '--replication-factor':
      return `${missing}; leave it out, brokers take their own default`
    default:
      return undefined
  }
}
