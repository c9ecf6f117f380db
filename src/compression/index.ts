export type { Codec, CodecName } from './codec.js'
export { checkLevel, codecById, codecByName } from './codecs.js'
