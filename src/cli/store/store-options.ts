import type { Address } from '../../client/index.js'
import { parsed } from '../options.js'

/** What verbs take that work on a data directory and over the network. */
export const storeOptions = {
  'bootstrap-server': parsed(
    'HOST:PORT[,…]',
    'ask a broker of Kafka, the first one that answers, instead of opening --dir',
    'HOST:PORT, or several with commas between',
    parseAddresses,
  ),
}

/** Undefined where it is no list of addresses. */
export function parseAddresses(text: string): readonly Address[] | undefined {
  const addresses = text.split(',').map((one) => parseAddress(one.trim()))
  return addresses.some((one) => one === undefined) ? undefined : (addresses as Address[])
}

function parseAddress(text: string): Address | undefined {
  const [, inBrackets, plain, port] =
    /^(?:\[([\da-f:.%]+)\]|([^\s:[\]/]+)):(\d{1,5})$/i.exec(text) ?? []
  const host = inBrackets ?? plain
  const number = Number(port)
  return host === undefined || number < 1 || number > 65_535 ? undefined : { host, port: number }
}
