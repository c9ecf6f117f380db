export {
  type AnyApi,
  type Api,
  hasVersion,
  type RequestInput,
  type RequestOf,
  type ResponseInput,
  type ResponseOf,
} from './api.js'
export { type ApiName, apiOfKey, apis } from './apis/index.js'
export { errorCodes, errorName, isRetriable } from './error-codes.js'
export { type FrameMemory, Frames } from './frames.js'
export {
  decodeRequest,
  decodeResponse,
  encodeRequest,
  encodeResponse,
  type RequestHeader,
  readHeader,
} from './message.js'
