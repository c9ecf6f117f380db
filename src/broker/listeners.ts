import { shown } from '../config/option.js'
import { DuramenError } from '../errors.js'

/** One entry of Kafka's `listeners` or `advertised.listeners`. */
export interface Listener {
  /** In capitals; what an advertised address is matched by. */
  readonly name: string
  /** Without the brackets of IPv6; empty: every address of the machine. */
  readonly host: string
  readonly port: number
}

const form = /^(?:(\w+):\/\/)?(\[[\da-f:.%]+\]|[^\s:/[\]]*):(\d+)$/i

/** What Kafka has for what this broker does not do. */
const unserved = new Set(['SSL', 'SASL_PLAINTEXT', 'SASL_SSL'])

/**
 * Reads `NAME://HOST:PORT,…`; a name that is left out is PLAINTEXT.
 *
 * @throws DuramenError `ERR_INVALID_OPTION`
 */
export function parseListeners(option: string, text: string): readonly Listener[] {
  return text.split(',').map((entry) => parseListener(option, entry.trim()))
}

/**
 * Reads the addresses that clients are told, one or none for each of the listeners; one of a name that
 * no listener has would be told to nobody.
 *
 * @throws DuramenError `ERR_INVALID_OPTION`
 */
export function parseAdvertised(
  option: string,
  text: string,
  listeners: readonly Listener[],
): readonly Listener[] {
  if (text === '') return []
  const advertised = parseListeners(option, text)
  const names = new Set(listeners.map(({ name }) => name))
  const stray = advertised.find(({ name }) => !names.has(name))
  if (stray === undefined) return advertised
  const allowed = `of a name that listeners has: ${[...names].join(', ')}`
  throw refused(option, stray.name, allowed)
}

function parseListener(option: string, text: string): Listener {
  const [, name = 'PLAINTEXT', host = '', port] = form.exec(text) ?? []
  if (port === undefined) {
    throw refused(option, text, 'NAME://HOST:PORT, as PLAINTEXT://localhost:9092')
  }
  if (Number(port) > 65_535) throw refused(option, text, 'an address with a port from 0 to 65535')
  const upper = name.toUpperCase()
  if (unserved.has(upper)) throw refused(option, text, 'PLAINTEXT, or a name of your own')
  return { name: upper, host: host.replace(/^\[|\]$/g, ''), port: Number(port) }
}

function refused(option: string, text: string, allowed: string): DuramenError {
  return new DuramenError(
    'ERR_INVALID_OPTION',
    `${option} has ${shown(text)}; it must be ${allowed}`,
  )
}

/** Hosts that stand for every address of a machine. */
export function isWildcard(host: string): boolean {
  return host === '' || host === '0.0.0.0' || host === '::'
}
