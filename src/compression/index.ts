export type { Codec, CodecName } from './codec.js'
export { checkLevel, codecById, codecByName, codecNames } from './codecs.js'
export { compressions } from './compressions.js'
export { giveBack } from './give-back.js'
